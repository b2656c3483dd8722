import fc from 'fast-check'
import { describe, expect, vi } from 'vitest'
import { createSequencerConnection } from '../../../src/adapters/sequencer.ts'
import type { SequencerConnection } from '../../../src/services/kernel/ports.ts'
import { type ChainWorld, insertEventsSql } from '../../harness/chain.ts'
import { it } from '../../harness/chainIt.ts'
import { expectIntact, readCounts } from './counts.ts'

describe('a batch', () => {
  const openConnections = (world: ChainWorld, count: number): Promise<SequencerConnection[]> =>
    Promise.all(
      Array.from({ length: count }, async () =>
        createSequencerConnection(await world.connect(world.testDatabase.appUrl)),
      ),
    )

  it('writes nothing if its connection is terminated halfway', async ({ world }) => {
    await world.sequencePending()
    const before = await readCounts(world)
    await world.ownerClient.query(insertEventsSql(100))
    const connection = await world.connect(world.testDatabase.appUrl)
    const sequencerConnection = createSequencerConnection(connection)
    const { rows } = await connection.query('SELECT pg_backend_pid() AS pid')
    // Blocks the batch after it has written its rows to the chain, before it empties the queue.
    const blocker = await world.connect(world.testDatabase.ownerUrl)
    await blocker.query('BEGIN; SELECT FROM "EventPending" FOR UPDATE')
    const rejection = expect(world.sequencer.advance(sequencerConnection)).rejects.toThrow()
    await vi.waitUntil(
      async () =>
        (await blocker.query('SELECT FROM pg_locks WHERE NOT granted AND pid = $1', [rows[0].pid])).rowCount === 1,
      { timeout: 10_000, interval: 5 },
    )
    await world.ownerClient.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
    await rejection
    await blocker.query('ROLLBACK')
    expect(await readCounts(world)).toEqual({ events: before.events + 100, chained: before.chained, pending: 100 })
    await world.sequencePending()
    await expectIntact(world)
  })

  it('is numbered by only one of several concurrent connections', async ({ world }) => {
    await world.sequencePending()
    await world.ownerClient.query(insertEventsSql(2500))
    const connections = await openConnections(world, 6)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 12 }), async (indexes) => {
        await world.ownerClient.query(insertEventsSql(30))
        await Promise.all(
          [...new Set(indexes)].map(async (index) => {
            const sequencerConnection = connections[index]
            if (sequencerConnection !== undefined) await world.sequencer.advance(sequencerConnection)
          }),
        )
      }),
      { numRuns: 20 },
    )
    await world.sequencePending()
    await expectIntact(world)
  })

  it('skips queue entries that have no event or already have a position', async ({ world }) => {
    await world.sequencePending()
    const attacker = await world.connect(world.testDatabase.appUrl)
    await attacker.query('INSERT INTO "EventPending" ("eventId") VALUES (gen_random_uuid())')
    await attacker.query(
      `INSERT INTO "EventPending" ("eventId") SELECT "eventId" FROM "EventChain" WHERE "position" = 1`,
    )
    await world.ownerClient.query(insertEventsSql(10))
    await world.sequencePending()
    expect(await readCounts(world)).toMatchObject({ pending: 2 })
    expect(await world.verify()).toMatchObject({ ok: false, fault: 'DUPLICATED', brokenPosition: 1 })
    await world.ownerClient.query('DELETE FROM "EventPending"')
    await expectIntact(world)
  })
})
