import fc from 'fast-check'
import { expect, vi } from 'vitest'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it as base } from '../../harness/actorIt.ts'
import { uuidOf } from '../../harness/ids.ts'
import { waitForLockWaits } from '../../harness/lockWaits.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedUserId } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'
import { executeAsOwner, startUndoClock, stopUndoClock } from '../../harness/undoClock.ts'

// The arrival of a request decides whether an undo is in time, not the moment at which it holds its locks.

const createdAt = new Date('2026-11-25T12:00:00.123Z')
const windowMs = 30_000
const kinds = ['Assignment', 'AssignmentBatch'] as const
type Kind = (typeof kinds)[number]

const it = base
  .extend('otherSession', async ({ world }, { onCleanup }) => {
    const session = await openSession(world.env['DATABASE_URL'])
    onCleanup(() => session.end())
    return session
  })
  .extend('setClock', ({ world }, { onCleanup }) => {
    onCleanup(() => startUndoClock(world))
    return (ms: number) => stopUndoClock(world, new Date(createdAt.getTime() + ms))
  })
  /** Creates an assignment, or a batch of one. Returns a call that undoes it. */
  .extend('assign', ({ world, actor, createMedia }) => async (kind: Kind, userId: string) => {
    const { assignments } = world.runtime.services
    const mediaId = await createMedia()
    if (kind === 'Assignment') {
      const { id } = await assignments.create(actor, { mediaId, userId })
      return (receivedAtMs?: number) => assignments.undo({ ...actor, receivedAtMs }, globalId(kind, id))
    }
    const { id } = await assignments.createBatch(actor, { mediaId, userIds: [userId] })
    return (receivedAtMs?: number) => assignments.undoBatch({ ...actor, receivedAtMs }, globalId(kind, id))
  })

it.for(kinds)(
  'the undo of an %s that arrives in time succeeds after a wait beyond the window',
  async (kind, { world, otherSession, assign }) => {
    const userId = await seedUserId(world)
    const undo = await assign(kind, userId)
    await executeAsOwner(world, `UPDATE "${kind}" SET "undoableUntil" = clock_timestamp() + interval '2 s'`)
    await otherSession.query('BEGIN')
    await otherSession.query('SELECT FROM "User" WHERE id = $1 FOR UPDATE', [uuidOf(userId)])
    const outcome = outcomeOf(undo())
    await waitForLockWaits(world, 1)
    const hasExpired = async () => {
      const { rows } = await otherSession.query(
        `SELECT max("undoableUntil") < clock_timestamp() AS expired FROM "${kind}"`,
      )
      return rows[0].expired
    }
    await vi.waitUntil(hasExpired, { timeout: 20_000, interval: 50 })
    await otherSession.query('ROLLBACK')
    expect(await outcome).toBe('done')
  },
)

it('the arrival alone decides about an undo, for any arrival with any wait', async ({ world, assign, setClock }) => {
  // The call itself takes some time, by which the stopped clock is behind: none arrives just after the window.
  const arrivalMs = fc.oneof(fc.nat(windowMs), fc.integer({ min: windowMs + 10_000, max: 2 * windowMs }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), arrivalMs, fc.nat(40_000), async (kind, arrival, wait) => {
      await setClock(0)
      const undo = await assign(kind, await seedUserId(world))
      await setClock(arrival + wait)
      const outcome = await outcomeOf(undo(performance.now() - wait))
      expect(outcome).toBe(arrival <= windowMs ? 'done' : 'UNDO_EXPIRED')
    }),
    { numRuns: 25 },
  )
})

it('a merge moves a replaced assignment while an undo in time may still wait for its locks', async ({
  world,
  actor,
  createMedia,
  setClock,
}) => {
  const { assignments, duplicates } = world.runtime.services
  const { database } = world.runtime.ports
  await setClock(0)
  const [original, duplicate, next] = [await createMedia(), await createMedia(), await createMedia()]
  const { sha256 } = await database.media.findUniqueOrThrow({ where: { id: uuidOf(original) } })
  await database.media.update({ where: { id: uuidOf(duplicate) }, data: { sha256 } })
  const userId = await seedUserId(world)
  const { id } = await assignments.create(actor, { mediaId: duplicate, userId })
  await assignments.create(actor, { mediaId: next, userId })
  await setClock(windowMs + 110_000)
  await duplicates.merge(actor, { keepId: original, removeIds: [duplicate] })
  expect(await database.assignment.findUnique({ where: { id } })).toMatchObject({ mediaId: uuidOf(original) })
})
