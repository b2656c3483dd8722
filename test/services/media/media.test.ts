import { expect } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createMediaLibrary } from '../../../src/services/media/media.ts'
import { it } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'

it('loads only the duplicates that it returns, however many there are', async ({ world }) => {
  const { ports } = world.runtime
  let loaded = 0
  const countingDatabase = ports.database.$extends({
    query: {
      media: {
        async findMany({ args, query }) {
          const rows = await query(args)
          loaded += rows.length
          return rows
        },
      },
    },
  })
  const library = createMediaLibrary({ ...ports, database: countingDatabase as unknown as Database }) // as: an extended client has another type
  const [ids, [other = '']] = [await seedMedia(world, 120), await seedMedia(world, 1)]
  const sha256 = 'cd'.repeat(32)
  await ports.database.media.updateMany({ where: { id: { in: ids } }, data: { sha256 } })
  await ports.database.media.update({ where: { id: ids[1] }, data: { deletedAt: new Date() } })
  const single = await ports.database.media.findUniqueOrThrow({ where: { id: other } })
  const [first = '', last = ''] = [ids[0], ids.at(-1)]
  const inputs = [first, last].map((id) => ({ id, sha256 }))
  const [ofFirst, ofLast, ofOther] = await library.duplicatesOf([...inputs, { id: other, sha256: single.sha256 }])
  expect(ofFirst?.map(({ id }) => id)).toEqual(ids.slice(2, 102))
  expect(ofLast?.map(({ id }) => id)).toEqual([first, ...ids.slice(2, 101)])
  expect(ofOther).toEqual([])
  expect(loaded).toBe(102)
})
