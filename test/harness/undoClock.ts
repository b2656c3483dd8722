import pg from 'pg'
import type { World } from './world.ts'

/** Runs a statement as the owner of this world's tables. */
export const asOwner = async (world: World, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: world.env['DATABASE_OWNER_URL'] })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

const replaceClock = (world: World, now: string): Promise<void> =>
  asOwner(
    world,
    `CREATE OR REPLACE FUNCTION "assignmentClock"() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT ${now} $$`,
  )

/** The clock that the undo window goes by stands still at this moment, in this world's database. */
export const stopUndoClock = (world: World, at: Date): Promise<void> =>
  replaceClock(world, `'${at.toISOString()}'::timestamptz`)

export const startUndoClock = (world: World): Promise<void> =>
  replaceClock(world, `date_trunc('milliseconds', clock_timestamp())`)
