import { describe, expect, expectTypeOf } from 'vitest'
import { record, recordAll } from '../../../src/services/event/record.ts'
import { systemActor } from '../../../src/services/kernel/actor.ts'
import { it } from '../../harness/chainIt.ts'

const id = '0198c5f0-0000-7000-8000-000000000009'
const mediaId = '0198c5f0-0000-7000-8000-000000000010'

describe('record', () => {
  it('writes the node type of the action, and the media that the node is or belongs to', async ({ world }) => {
    const { database } = world
    await record(database, systemActor, 'folder.deleted', { id }, { name: 'Slides', parentId: null })
    await record(database, systemActor, 'media.retried', { id }, { versionNumber: 1 })
    await record(database, systemActor, 'rendition.requested', { id, mediaId }, { profile: 'GIF' })
    const rows = await database.event.findMany({
      where: { nodeId: id },
      select: { action: true, nodeType: true, mediaId: true, data: true },
      orderBy: { id: 'asc' },
    })
    expect(rows).toEqual([
      { action: 'folder.deleted', nodeType: 'Folder', mediaId: null, data: { name: 'Slides', parentId: null } },
      { action: 'media.retried', nodeType: 'Media', mediaId: id, data: { versionNumber: 1 } },
      { action: 'rendition.requested', nodeType: 'Rendition', mediaId, data: { profile: 'GIF' } },
    ])
  })

  it('takes a media id only for nodes that belong to a media', () => {
    expectTypeOf(record<'rendition.requested'>)
      .parameter(3)
      .toEqualTypeOf<{ id: string; mediaId: string }>()
    expectTypeOf(record<'media.retried'>)
      .parameter(3)
      .toEqualTypeOf<{ id: string; mediaId?: never }>()
    expectTypeOf(record<'folder.deleted'>)
      .parameter(3)
      .toEqualTypeOf<{ id: string; mediaId?: never }>()
  })
})

describe('recordAll', () => {
  it('writes any number of rows in order', async ({ world }) => {
    const entries = Array.from({ length: 20_500 }, (_, n) => ({ id, data: { externalId: `${n}`, name: 'Ada' } }))
    await world.database.$transaction((transaction) => recordAll(transaction, systemActor, 'user.appeared', entries), {
      timeout: 60_000,
    })
    const { rows } = await world.ownerClient.query(
      `SELECT (data->>'externalId')::int AS n FROM "Event" WHERE "nodeId" = $1 AND action = 'user.appeared' ORDER BY id`,
      [id],
    )
    expect(rows.map(({ n }) => n)).toEqual(entries.map((_, n) => n))
  })
})
