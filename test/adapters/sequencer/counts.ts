import { expect } from 'vitest'
import type { ChainWorld } from '../../harness/chain.ts'

export interface Counts {
  events: number
  chained: number
  pending: number
}

export const readCounts = async ({ ownerClient }: ChainWorld): Promise<Counts> => {
  const { rows } = await ownerClient.query(`
    SELECT (SELECT count(*) FROM "Event")::int AS events, (SELECT count(*) FROM "EventChain")::int AS chained,
      (SELECT count(*) FROM "EventPending")::int AS pending`)
  return rows[0]
}

/** Expects that all events are numbered and the chain is intact. */
export const expectIntact = async (world: ChainWorld): Promise<void> => {
  const { events } = await readCounts(world)
  expect(await world.verify()).toMatchObject({ ok: true, checked: events })
}
