import { expect } from 'vitest'
import type { ChainWorld } from '../../harness/chain.ts'

/** Adds so many events, past the services. */
export const insertEventsSql = (count: number): string => `
  INSERT INTO "Event" ("id", "action", "nodeType", "nodeId", "data")
  SELECT gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), jsonb_build_object('n', n)
  FROM generate_series(1, ${count}) AS n`

export interface Counts {
  events: number
  chained: number
  pending: number
}

export const readCounts = async ({ ownerClient: owner }: ChainWorld): Promise<Counts> => {
  const { rows } = await owner.query(`
    SELECT (SELECT count(*) FROM "Event")::int AS events, (SELECT count(*) FROM "EventChain")::int AS chained,
      (SELECT count(*) FROM "EventPending")::int AS pending`)
  return rows[0]
}

/** All events are numbered, and nothing was tampered with. */
export const expectIntact = async (world: ChainWorld): Promise<void> => {
  const { events } = await readCounts(world)
  expect(await world.verify()).toMatchObject({ ok: true, checked: events })
}
