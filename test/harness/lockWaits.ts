import { vi } from 'vitest'
import type { World } from './world.ts'

/** How many of the application's own sessions wait for a lock. */
export const countLockWaits = async (world: World): Promise<number> => {
  // Not on a connection that holds one: within a transaction, what others do looks as it did at the first look.
  const [row] = await world.runtime.ports.database.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`
  return row.count
}

export const waitForLockWaits = (world: World, count: number): Promise<boolean> =>
  vi.waitUntil(async () => (await countLockWaits(world)) === count, { timeout: 20_000 })
