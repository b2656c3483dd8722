import { describe, expect, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  OperationCancelDocument,
  OperationsProgressDocument,
  type OperationsProgressSubscription,
} from '../../../client/generated/documents.ts'
import { it } from '../../harness/mediaIt.ts'
import { it as itWithWorker, tag } from './calls.ts'

type Progress = OperationsProgressSubscription['operationsProgress']

/** Collects the events about a caller's own operations. */
const watchOperations = (client: Client) => {
  const events: Progress[] = []
  const run = async (): Promise<void> => {
    for await (const { operationsProgress } of client.follow(OperationsProgressDocument, {}))
      events.push(operationsProgress)
  }
  run().catch(() => undefined) // ended with its client
  return {
    events,
    statusesOf: (id: string) => events.filter((event) => event.id === id).map(({ status }) => status),
    until: (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 10 }),
  }
}

const requestTag = async (client: Client, ids: string[]): Promise<string> => {
  const result = await tag(client, { ids })
  if (result.__typename !== 'Operation') throw new Error(`refused: ${result.message}`)
  return result.id
}

describe('operationsProgress without a worker', () => {
  it('begins with the operations that are not finished', async ({ users: { editor }, createMedia }) => {
    const [first, second] = [
      await requestTag(editor, [await createMedia()]),
      await requestTag(editor, [await createMedia()]),
    ]
    const { events, until } = watchOperations(editor)
    await until(() => events.length >= 2)
    expect(events.map(({ id, status }) => [id, status])).toEqual([
      [first, 'QUEUED'],
      [second, 'QUEUED'],
    ])
    for (const id of [first, second]) await editor.send(OperationCancelDocument, { id })
  })

  it('reports new operations up to their end', async ({ users: { otherEditor }, createMedia }) => {
    const known = await requestTag(otherEditor, [await createMedia()])
    const { statusesOf, until } = watchOperations(otherEditor)
    await until(() => statusesOf(known).length > 0)
    const id = await requestTag(otherEditor, [await createMedia()])
    await until(() => statusesOf(id).length > 0)
    await otherEditor.send(OperationCancelDocument, { id })
    await until(() => statusesOf(id).length > 1)
    expect(statusesOf(id)).toEqual(['QUEUED', 'CANCELLED'])
  })

  it('reports no operation of another user, even to an admin', async ({ users: { admin, editor }, createMedia }) => {
    const own = await requestTag(admin, [await createMedia()])
    const { events, until } = watchOperations(admin)
    await until(() => events.length > 0)
    await requestTag(editor, [await createMedia()])
    const later = await requestTag(admin, [await createMedia()])
    await until(() => events.some(({ id }) => id === later))
    expect(events.map(({ id }) => id)).toEqual([own, later])
  })

  it('reports no operation that ended before', async ({ world, createMedia }) => {
    const client = await world.client('editor', 'Late')
    const ended = await requestTag(client, [await createMedia()])
    await client.send(OperationCancelDocument, { id: ended })
    const running = await requestTag(client, [await createMedia()])
    const { events, until } = watchOperations(client)
    await until(() => events.length > 0)
    expect(events.map(({ id }) => id)).toEqual([running])
  })
})

describe('operationsProgress', () => {
  itWithWorker(
    'reports the final state of each of several operations',
    async ({ users: { editor }, createOwnMedia }) => {
      const waiting = watchOperations(editor)
      const ids = [
        await requestTag(editor, await createOwnMedia(600)),
        await requestTag(editor, await createOwnMedia(3)),
      ]
      await waiting.until(() => ids.every((id) => waiting.statusesOf(id).includes('COMPLETED')))
      for (const id of ids) {
        const own = waiting.events.filter((event) => event.id === id)
        expect(own.at(-1)).toMatchObject({ status: 'COMPLETED', percent: 100 })
        const counts = own.map(({ processed }) => processed)
        expect(counts).toEqual(counts.toSorted((left, right) => left - right))
      }
    },
  )
})
