import { describe, expect } from 'vitest'
import { type Client, ResponseError } from '../../../client/client.ts'
import {
  OperationCancelDocument,
  OperationDocument,
  OperationFailuresDocument,
  OperationProgressDocument,
  OperationsDocument,
} from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { createLease } from '../../harness/lease.ts'
import { it as base, tag, tagsOf, waitForOperation } from './calls.ts'

/** Creates an operation of Ada that a worker can start, or resume if some items are done. */
const it = base.extend(
  'createOperation',
  { scope: 'file' },
  ({ world }) =>
    async (ids: string[], tag: string, doneCount = 0): Promise<string> => {
      const { database } = world.runtime.ports
      const owner = await database.user.findUniqueOrThrow({ where: { externalId: 'ada' } })
      const items = ids.map((id, position) => ({
        position,
        mediaId: uuidOf(id),
        status: position < doneCount ? ('SUCCEEDED' as const) : ('PENDING' as const),
      }))
      const { id } = await database.operation.create({
        data: {
          kind: 'media.tag',
          ...(doneCount > 0 ? { status: 'RUNNING' } : {}),
          errorPolicy: 'REJECT_FAILED_ROWS',
          input: { add: [tag] },
          total: ids.length,
          processed: doneCount,
          succeeded: doneCount,
          requestedById: owner.id,
          requestedRole: 'EDITOR',
          items: { create: items },
        },
      })
      return `Operation:${id}`
    },
)

describe('an operation', () => {
  it('resumes after its worker was killed without repeating items', async ({
    world,
    users: { editor },
    createOwnMedia,
    createOperation,
  }) => {
    const ids = await createOwnMedia(4)
    const id = await createOperation(ids, 'resumed', 2)
    await world.runtime.services.bulkRunner.run(uuidOf(id), new AbortController().signal, createLease())
    const { operation } = await editor.send(OperationDocument, { id })
    expect(operation).toMatchObject({ status: 'COMPLETED', processed: 4, succeeded: 4 })
    expect(await tagsOf(world, ids)).toEqual([[], [], ['resumed'], ['resumed']])
  })

  const cancel = async (client: Client, id: string) =>
    (await client.send(OperationCancelDocument, { id })).operationCancel.__typename

  it('is hidden from other editors', async ({ users: { otherEditor: other }, createOwnMedia, createOperation }) => {
    const id = await createOperation(await createOwnMedia(1), 'hidden')
    expect(await cancel(other, id)).toBe('NotFoundError')
    const events = other.follow(OperationProgressDocument, { id })
    await expect(events.next()).rejects.toThrow('There is no such operation.')
  })

  it.for([
    ['the user who requested it', 'editor'],
    ['an admin', 'admin'],
  ] as const)('can be cancelled by %s', async ([, name], { users, createOwnMedia, createOperation }) => {
    const id = await createOperation(await createOwnMedia(1), 'never')
    expect(await cancel(users[name], id)).toBe('Operation')
  })

  it('cannot be cancelled twice', async ({ users: { editor, admin }, createOwnMedia, createOperation }) => {
    const id = await createOperation(await createOwnMedia(1), 'never')
    await cancel(editor, id)
    expect(await cancel(admin, id)).toBe('StateConflictError')
  })

  it('processes no more items once it is cancelled', async ({
    world,
    users: { editor },
    createOwnMedia,
    createOperation,
  }) => {
    const [id = ''] = await createOwnMedia(1)
    const operationId = await createOperation([id], 'never')
    await cancel(editor, operationId)
    await world.runtime.services.bulkRunner.run(uuidOf(operationId), new AbortController().signal, createLease())
    expect(await tagsOf(world, [id])).toEqual([[]])
  })

  const unknownIds = Array.from({ length: 3 }, (_, n) => unknownId('Media').replace(/.$/, String(n)))

  it('is listed with its failures in as many statements as twenty operations', async ({ world }) => {
    const reader = await world.client('editor', 'Reader')
    const list = async (first: number) => {
      world.statements.length = 0
      const { operations } = await reader.send(OperationFailuresDocument, { first })
      return { operations: operations.nodes, statements: world.statements.length }
    }
    for (let count = 0; count < 20; count++) await waitForOperation(reader, await tag(reader, { ids: unknownIds }))
    await list(1)
    const [one, five, twenty] = [await list(1), await list(5), await list(20)]
    expect([one, five, twenty].map(({ operations }) => operations.length)).toEqual([1, 5, 20])
    expect([five.statements, twenty.statements]).toEqual([one.statements, one.statements])
    for (const { failures } of twenty.operations) {
      expect(failures).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
      expect(failures.nodes.map(({ nodeId }) => nodeId)).toEqual(unknownIds.slice(0, 2))
    }
  })

  it('lists its failures page by page', async ({ world }) => {
    const reader = await world.client('editor', 'Pager')
    await waitForOperation(reader, await tag(reader, { ids: unknownIds }))
    const firstPage = (await reader.send(OperationFailuresDocument, { first: 1 })).operations.nodes[0]
    const after = firstPage?.failures.pageInfo.endCursor
    const nextPage = (await reader.send(OperationFailuresDocument, { first: 1, after })).operations.nodes[0]
    expect(nextPage?.failures.nodes.map(({ nodeId }) => nodeId)).toEqual(unknownIds.slice(2))
    const lastPage = (await reader.send(OperationFailuresDocument, { first: 1, last: 1, failures: null })).operations
    expect(lastPage.nodes[0]?.failures.nodes.map(({ nodeId }) => nodeId)).toEqual(unknownIds.slice(2))
  })

  it('is not listed for other users', async ({ users: { otherEditor: other } }) => {
    const { operations } = await other.send(OperationsDocument, {})
    expect(operations).toMatchObject({ nodes: [], totalCount: 0 })
  })

  it('is listed page by page for its user', async ({ users: { editor } }) => {
    const page = (await editor.send(OperationsDocument, { first: 2 })).operations
    expect(page.nodes).toHaveLength(2)
    const next = (await editor.send(OperationsDocument, { first: 2, after: page.pageInfo.endCursor })).operations
    expect(next.nodes.map(({ id }) => id)).not.toContain(page.nodes[1]?.id)
  })

  it('cannot be listed with a malformed cursor', async ({ users: { editor } }) => {
    const malformed = editor.send(OperationsDocument, { after: 'nonsense' })
    await expect(malformed).rejects.toBeInstanceOf(ResponseError)
  })
})
