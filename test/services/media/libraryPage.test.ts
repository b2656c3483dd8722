import { expect } from 'vitest'
import type { PageArguments } from '../../../src/services/kernel/paging.ts'
import { it as base } from '../../harness/actorIt.ts'
import { seedMedia } from '../../harness/seed.ts'

/** Media of which several were uploaded and changed at the same time, in the order of their times, then of their ids. */
const it = base.extend('media', { scope: 'file' }, async ({ world }) => {
  const ids = (await seedMedia(world, 11)).sort()
  // In the future, since `updatedAt` only grows.
  const at = (index: number) => new Date(Date.UTC(2126, 0, 1, 0, 0, 0, 500 + (index % 3)))
  const { media } = world.runtime.ports.database
  const rows = ids.map((id, index) => ({ id, time: at(index) }))
  for (const { id, time } of rows) await media.update({ where: { id }, data: { uploadedAt: time, updatedAt: time } })
  return rows.sort((a, b) => a.time.getTime() - b.time.getTime() || (a.id < b.id ? -1 : 1)).map(({ id }) => id)
})

const cases = (['UPLOADED_AT', 'UPDATED_AT'] as const).flatMap((by) =>
  (['ASC', 'DESC'] as const).map((direction) => ({ by, direction })),
)

it.for(cases)(
  'pages by $by $direction between any cursors contain what lies between them',
  async (order, { world, actor, media }) => {
    const expected = order.direction === 'ASC' ? media : media.toReversed()
    const read = async (page: PageArguments) => {
      const { edges, pageInfo } = await world.runtime.services.mediaList.list(actor, { order, ...page }, {})
      return { ids: edges.map(({ node }) => node.id), cursors: edges.map(({ cursor }) => cursor), pageInfo }
    }
    const { ids, cursors } = await read({ first: 100 })
    expect(ids).toEqual(expected)
    for (let after = -1; after < cursors.length; after++)
      for (let before = 0; before <= cursors.length; before++) {
        const between = expected.slice(after + 1, Math.max(before, after + 1))
        const sides = { after: cursors[after] ?? null, before: cursors[before] ?? null }
        const first = await read({ first: 2, ...sides })
        expect(first.ids).toEqual(between.slice(0, 2))
        expect(first.pageInfo.hasNextPage).toBe(between.length > 2)
        const last = await read({ last: 2, ...sides })
        expect(last.ids).toEqual(between.slice(-2))
        expect(last.pageInfo.hasPreviousPage).toBe(between.length > 2)
      }
  },
)
