import { describe, expect } from 'vitest'
import { OperationProgressDocument } from '../../../client/generated/documents.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it, tag, waitForOperation } from './calls.ts'

describe('bulk work of several transactions', () => {
  it.for([500, 1000, 1101])('processes each of %d media once', async (count, { world, users, createOwnMedia }) => {
    const ids = await createOwnMedia(count)
    const operation = await waitForOperation(users.editor, await tag(users.editor, { ids }, ['once']))
    expect(operation).toMatchObject({
      status: 'COMPLETED',
      total: count,
      processed: count,
      succeeded: count,
      failed: 0,
    })
    const rows = await world.runtime.ports.database.$queryRaw`
      SELECT count(*)::int AS events, count(DISTINCT "mediaId")::int AS media FROM "Event"
      WHERE action = 'media.updated' AND "mediaId" = ANY(${ids.map(uuidOf)}::uuid[])`
    expect(rows).toEqual([{ events: count, media: count }])
  })

  it('counts the media of the last transaction that are refused', async ({ world, users, createOwnMedia }) => {
    const ids = await createOwnMedia(502)
    const refusedIds = ids.slice(-2).map(uuidOf)
    await world.runtime.ports.database.media.updateMany({
      where: { id: { in: refusedIds } },
      data: { uploadedById: null },
    })
    const operation = await waitForOperation(users.editor, await tag(users.editor, { ids }))
    expect(operation).toMatchObject({ status: 'PARTIALLY_COMPLETED', processed: 502, succeeded: 500, failed: 2 })
  })

  it('reports its progress before its end', async ({ users, createOwnMedia }) => {
    const result = await tag(users.editor, { ids: await createOwnMedia(1101) }, ['reported'])
    if (result.__typename !== 'Operation') throw new Error('The operation was refused.')
    const states: string[] = []
    for await (const { operationProgress } of users.editor.follow(OperationProgressDocument, { id: result.id }))
      states.push(`${operationProgress.status} ${operationProgress.processed}`)
    expect(states.at(-1)).toBe('COMPLETED 1101')
    expect(new Set(states).size).toBeGreaterThan(1)
  })
})
