import { expect } from 'vitest'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it } from '../../harness/actorIt.ts'
import { newResource } from '../../harness/links.ts'
import { waitForExactLockWaits } from '../../harness/lockWaits.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'

it('a lesson moves to another course once the media in it are free, however often it meets their locks', async ({
  world,
  actor,
}) => {
  const { services, ports } = world.runtime
  const [lockedId = '', otherId = ''] = await seedMedia(world, 2)
  const [lesson, course, nextCourse] = [newResource(), newResource('course'), newResource('course')]
  await services.usages.link(actor, {
    mediaId: globalId('Media', lockedId),
    resource: { ...lesson, parent: course },
  })
  const session = await openSession(world.env['DATABASE_URL'])
  try {
    await session.query('BEGIN')
    await session.query('SELECT 1 FROM "Media" WHERE "id" = $1 FOR UPDATE', [lockedId])
    const move = services.usages.link(actor, {
      mediaId: globalId('Media', otherId),
      resource: { ...lesson, parent: nextCourse },
    })
    for (const count of [1, 0, 1]) await waitForExactLockWaits(world, count)
    await session.query('COMMIT')
    await move
  } finally {
    await session.end()
  }
  const { id: courseId } = await ports.database.resource.findFirstOrThrow({
    where: { type: 'course', externalId: nextCourse.externalId },
  })
  const rows = await ports.database.courseMedia.findMany({ where: { mediaId: { in: [lockedId, otherId] } } })
  expect(rows.map((row) => [row.courseId, row.mediaId]).toSorted()).toEqual(
    [lockedId, otherId].map((mediaId) => [courseId, mediaId]).toSorted(),
  )
})
