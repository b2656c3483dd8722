import { vi } from 'vitest'
import type { World } from './world.ts'

/** Counts the sessions of this database that wait for a lock. */
export const countLockWaits = async (world: World): Promise<number> => {
  // Runs outside any transaction: within one, pg_stat_activity keeps returning the snapshot of its first read.
  const [row] = await world.runtime.ports.database.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`
  return row.count
}

/** Resolves once at least `minCount` sessions wait for a lock. */
export const waitForLockWaits = (world: World, minCount: number): Promise<boolean> =>
  vi.waitUntil(async () => (await countLockWaits(world)) >= minCount, { timeout: 20_000 })

/** Resolves once exactly `count` sessions wait for a lock: for ordered lanes, where none of them gives up its wait. */
export const waitForExactLockWaits = (world: World, count: number): Promise<boolean> =>
  vi.waitUntil(async () => (await countLockWaits(world)) === count, { timeout: 20_000 })
