import type { Clock, Database, IncomingFiles } from '../kernel/ports.ts'

/** Longer than any transaction that creates an upload with its file: the row of a younger file may not be committed yet. */
const minAgeMs = 60 * 60 * 1000

interface LeftoverTools {
  database: Database
  incoming: IncomingFiles
  clock: Clock
}

/**
 * Removes files whose upload has ended or does not exist. Returns how many. They remain where a process crashes between
 * the commit that ends an upload and the removal of its bytes, or before the commit that creates the upload.
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
