import { expect } from 'vitest'
import { lockMedia } from '../../../src/services/locking/rowLocks.ts'
import { it as base } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'

const it = base.extend('otherSession', async ({ world }, { onCleanup }) => {
  const session = await openSession(world.env['DATABASE_URL'])
  onCleanup(() => session.end())
  return session
})

it('locked media are the rows that Prisma reads', async ({ world }) => {
  const { database } = world.runtime.ports
  const [id = '', ...otherIds] = await seedMedia(world, 3)
  await database.media.update({
    where: { id },
    data: { tags: ['a', 'B'], tagKeys: ['a', 'b'], description: 'x', deletedAt: new Date(), sizeBytes: 2n ** 40n },
  })
  const ids = [id, ...otherIds, id]
  const rows = await database.$transaction((transaction) => lockMedia(transaction, ids))
  expect(rows).toEqual(await database.media.findMany({ where: { id: { in: ids } }, orderBy: { id: 'asc' } }))
})

it('a media that had to be waited for is read as it is once it is locked', async ({ world, otherSession }) => {
  const { database } = world.runtime.ports
  const [id = ''] = await seedMedia(world, 1)
  await otherSession.query('BEGIN')
  await otherSession.query('UPDATE "Media" SET title = $2, "usageCount" = 7 WHERE id = $1', [id, 'Changed'])
  const rows = database.$transaction((transaction) => lockMedia(transaction, [id]))
  await expect
    .poll(async () => (await otherSession.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount)
    .toBeGreaterThan(0)
  await otherSession.query('COMMIT')
  expect(await rows).toMatchObject([{ id, title: 'Changed', usageCount: 7 }])
})
