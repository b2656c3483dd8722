import type { Clock, Database, IncomingFiles } from '../kernel/ports.ts'

/** Longer than any transaction that makes a ticket with its file: a younger file may have a row that is not seen yet. */
const minAgeMs = 60 * 60 * 1000

interface LeftoverTools {
  database: Database
  incoming: IncomingFiles
  clock: Clock
}

/**
 * A process may die between the commit that ends an upload and the removal of its bytes, or before the one that makes it.
 * Removes bytes whose upload has ended or does not exist. Returns how many uploads they were of.
 */
export const removeLeftovers = async ({ database, incoming, clock }: LeftoverTools): Promise<number> => {
  const ids = await incoming.listIdleSince(new Date(clock.now().getTime() - minAgeMs))
  const rows = await database.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Upload" WHERE "id" = ANY(${ids}::uuid[]) AND "status" IN ('WAITING', 'RECEIVING')`
  const openIds = new Set(rows.map(({ id }) => id))
  const leftovers = ids.filter((id) => !openIds.has(id))
  for (const id of leftovers) await incoming.remove(id)
  return leftovers.length
}
