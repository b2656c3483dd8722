import { vi } from 'vitest'
import type { ChainWorld } from '../../harness/chain.ts'

/** Waits until the sequencer is idle: while active it polls by itself, when idle it needs a notification. */
export const waitUntilIdle = (world: ChainWorld) =>
  vi.waitUntil(
    async () => {
      const { rowCount } = await world.ownerClient.query(`
        SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
        WHERE locktype = 'advisory' AND classid = 7303 AND objid = 3 AND datname = current_database() AND granted`)
      return rowCount === 0
    },
    { timeout: 10_000, interval: 20 },
  )

/** Waits until an idle sequencer has also stopped its last polls. */
export const waitUntilQuiescent = (world: ChainWorld) =>
  vi.waitUntil(
    async () => {
      const { rowCount } = await world.ownerClient.query(`
        SELECT FROM pg_stat_activity WHERE application_name = 'mediagraph sequencer' AND datname = current_database()
          AND state = 'idle' AND state_change < now() - interval '300 ms'`)
      return rowCount === 1
    },
    { timeout: 10_000, interval: 20 },
  )
