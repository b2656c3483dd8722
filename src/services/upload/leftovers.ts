import type { Clock, Database, IncomingFile, IncomingFiles } from '../kernel/ports.ts'

/** Longer than any transaction that creates an upload with its file: the row of a younger file may not be committed yet. */
const minAgeMs = 60 * 60 * 1000

interface LeftoverTools {
  database: Database
  incoming: IncomingFiles
  clock: Clock
}

/**
 * Removes files whose upload has ended, does not exist or has moved to another file. Returns how many. They remain where
 * a process crashes between the commit and the removal, or before the commit that creates the upload.
 */
export const removeLeftovers = async ({ database, incoming, clock }: LeftoverTools): Promise<number> => {
  const files = await incoming.listIdleSince(new Date(clock.now().getTime() - minAgeMs))
  const rows = await database.$queryRaw<IncomingFile[]>`
    SELECT "id", "fileNumber" FROM "Upload"
    WHERE "id" = ANY(${files.map(({ id }) => id)}::uuid[]) AND "status" IN ('WAITING', 'RECEIVING')`
  const fileNumbers = new Map(rows.map(({ id, fileNumber }) => [id, fileNumber]))
  const leftovers = files.filter(({ id, fileNumber }) => fileNumbers.get(id) !== fileNumber)
  for (const file of leftovers) await incoming.remove(file)
  return leftovers.length
}
