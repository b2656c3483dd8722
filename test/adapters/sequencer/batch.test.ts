import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sessionOn } from '../../../src/adapters/sequencer.ts'
import type { Session } from '../../../src/services/kernel/ports.ts'
import { type ChainWorld, openChain } from '../../harness/chain.ts'
import { countsOf, expectWhole, insert } from './counts.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChain()
})
afterAll(() => world?.close())

const counts = () => countsOf(world)
const whole = () => expectWhole(world)

describe('a batch', () => {
  const sessions = (count: number): Promise<Session[]> =>
    Promise.all(Array.from({ length: count }, async () => sessionOn(await world.connect(world.urls.appUrl))))

  it('is all or nothing: whoever is killed in the middle has written nothing', async () => {
    await world.settle()
    const before = await counts()
    await world.owner.query(insert(100))
    const connection = await world.connect(world.urls.appUrl)
    const session = sessionOn(connection)
    const { rows } = await connection.query('SELECT pg_backend_pid() AS pid')
    // Held up when its rows are in the chain, and the queue is to be emptied.
    const holder = await world.connect(world.urls.ownerUrl)
    await holder.query('BEGIN; SELECT FROM "EventPending" FOR UPDATE')
    const killed = expect(world.sequencer.advance(session)).rejects.toThrow()
    await vi.waitUntil(
      async () =>
        (await holder.query('SELECT FROM pg_locks WHERE NOT granted AND pid = $1', [rows[0].pid])).rowCount === 1,
      { timeout: 10_000, interval: 5 },
    )
    await world.owner.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
    await killed
    await holder.query('ROLLBACK')
    expect(await counts()).toEqual({ events: before.events + 100, chained: before.chained, pending: 100 })
    await world.settle()
    await whole()
  })

  it('is taken by one of those who try at once; the others go away without waiting', async () => {
    await world.settle()
    await world.owner.query(insert(2500))
    const all = await sessions(6)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 12 }), async (turns) => {
        await world.owner.query(insert(30))
        await Promise.all(
          [...new Set(turns)].map(async (turn) => {
            const session = all[turn]
            if (session !== undefined) await world.sequencer.advance(session)
          }),
        )
      }),
      { numRuns: 20 },
    )
    await world.settle()
    await whole()
  })

  it('passes over what waits without an event or twice, and numbers the rest', async () => {
    await world.settle()
    const intruder = await world.connect(world.urls.appUrl)
    await intruder.query('INSERT INTO "EventPending" ("eventId") VALUES (gen_random_uuid())')
    await intruder.query(
      `INSERT INTO "EventPending" ("eventId") SELECT "eventId" FROM "EventChain" WHERE "position" = 1`,
    )
    await world.owner.query(insert(10))
    await world.settle()
    expect(await counts()).toMatchObject({ pending: 2 })
    expect(await world.verify()).toMatchObject({ ok: false, fault: 'DUPLICATED', brokenPosition: 1 })
    await world.owner.query('DELETE FROM "EventPending"')
    await whole()
  })
})
