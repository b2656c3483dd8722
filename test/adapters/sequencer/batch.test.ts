import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createSequencerConnection } from '../../../src/adapters/sequencer.ts'
import type { SequencerConnection } from '../../../src/services/kernel/ports.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'
import { expectIntact, insertEventsSql, readCounts } from './counts.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChainWorld()
})
afterAll(() => world?.close())

const getCounts = () => readCounts(world)
const expectIntactLog = () => expectIntact(world)

describe('a batch', () => {
  const openConnections = (count: number): Promise<SequencerConnection[]> =>
    Promise.all(
      Array.from({ length: count }, async () =>
        createSequencerConnection(await world.connect(world.testDatabase.appUrl)),
      ),
    )

  it('is all or nothing: whoever is killed in the middle has written nothing', async () => {
    await world.sequencePending()
    const before = await getCounts()
    await world.ownerClient.query(insertEventsSql(100))
    const connection = await world.connect(world.testDatabase.appUrl)
    const sequencerConnection = createSequencerConnection(connection)
    const { rows } = await connection.query('SELECT pg_backend_pid() AS pid')
    // Held up when its rows are in the chain, and the queue is to be emptied.
    const blocker = await world.connect(world.testDatabase.ownerUrl)
    await blocker.query('BEGIN; SELECT FROM "EventPending" FOR UPDATE')
    const killed = expect(world.sequencer.advance(sequencerConnection)).rejects.toThrow()
    await vi.waitUntil(
      async () =>
        (await blocker.query('SELECT FROM pg_locks WHERE NOT granted AND pid = $1', [rows[0].pid])).rowCount === 1,
      { timeout: 10_000, interval: 5 },
    )
    await world.ownerClient.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
    await killed
    await blocker.query('ROLLBACK')
    expect(await getCounts()).toEqual({ events: before.events + 100, chained: before.chained, pending: 100 })
    await world.sequencePending()
    await expectIntactLog()
  })

  it('is taken by one of those who try at once; the others go away without waiting', async () => {
    await world.sequencePending()
    await world.ownerClient.query(insertEventsSql(2500))
    const all = await openConnections(6)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 12 }), async (indexes) => {
        await world.ownerClient.query(insertEventsSql(30))
        await Promise.all(
          [...new Set(indexes)].map(async (index) => {
            const sequencerConnection = all[index]
            if (sequencerConnection !== undefined) await world.sequencer.advance(sequencerConnection)
          }),
        )
      }),
      { numRuns: 20 },
    )
    await world.sequencePending()
    await expectIntactLog()
  })

  it('passes over what waits without an event or twice, and numbers the rest', async () => {
    await world.sequencePending()
    const intruder = await world.connect(world.testDatabase.appUrl)
    await intruder.query('INSERT INTO "EventPending" ("eventId") VALUES (gen_random_uuid())')
    await intruder.query(
      `INSERT INTO "EventPending" ("eventId") SELECT "eventId" FROM "EventChain" WHERE "position" = 1`,
    )
    await world.ownerClient.query(insertEventsSql(10))
    await world.sequencePending()
    expect(await getCounts()).toMatchObject({ pending: 2 })
    expect(await world.verify()).toMatchObject({ ok: false, fault: 'DUPLICATED', brokenPosition: 1 })
    await world.ownerClient.query('DELETE FROM "EventPending"')
    await expectIntactLog()
  })
})
