import { query } from './postgres.ts'
import type { World } from './world.ts'

/** Runs a statement as the owner of this world's tables. */
export const executeAsOwner = async (world: World, sql: string): Promise<void> => {
  await query(world.env['DATABASE_OWNER_URL'] ?? '', sql)
}

const replaceClock = (world: World, now: string): Promise<void> =>
  executeAsOwner(
    world,
    `CREATE OR REPLACE FUNCTION "assignmentClock"() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT ${now} $$`,
  )

/** The clock that the undo window goes by stands still at this moment, in this world's database. */
export const stopUndoClock = (world: World, at: Date): Promise<void> =>
  replaceClock(world, `'${at.toISOString()}'::timestamptz`)

export const startUndoClock = (world: World): Promise<void> =>
  replaceClock(world, `date_trunc('milliseconds', clock_timestamp())`)
