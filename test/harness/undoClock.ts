import { query } from './postgres.ts'
import type { World } from './world.ts'

/** Runs a statement as the owner of this world's tables, with rights that the application's role lacks. */
export const executeAsOwner = async (world: World, sql: string): Promise<void> => {
  await query(world.env['DATABASE_OWNER_URL'] ?? '', sql)
}

const replaceClock = (world: World, now: string): Promise<void> =>
  executeAsOwner(
    world,
    `CREATE OR REPLACE FUNCTION "assignmentClock"() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT ${now} $$`,
  )

/** Stops the database clock of the undo window at the given time, in this world's database only. */
export const stopUndoClock = (world: World, at: Date): Promise<void> =>
  replaceClock(world, `'${at.toISOString()}'::timestamptz`)

/** Restores the real database clock. */
export const startUndoClock = (world: World): Promise<void> =>
  replaceClock(world, `date_trunc('milliseconds', clock_timestamp())`)
