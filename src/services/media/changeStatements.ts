import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database } from '../kernel/ports.ts'
import { filterConditions, type ParsedFilter } from './filter.ts'

/** Filters that one statement checks, so that its text stays short. */
const maxFiltersPerStatement = 50

/** Reads the ids of all media that match a filter, in ascending order, 16 bytes each. */
export const readMembers = async (database: Database, filter: ParsedFilter): Promise<Uint8Array> => {
  const conditions = await filterConditions(database, filter)
  const [row] = await database.$queryRaw<{ ids: Uint8Array | null }[]>`${withoutPreparedPlan}
    SELECT string_agg(uuid_send("Media"."id"), ''::bytea ORDER BY "Media"."id") AS "ids"
    FROM "Media" WHERE ${conditions}`
  return row?.ids ?? new Uint8Array()
}

/** Returns for each of the conditions which of these media match it now. */
export const findMatches = async (
  database: Database,
  ids: readonly string[],
  conditions: readonly Prisma.Sql[],
): Promise<Set<string>[]> => {
  const results: Set<string>[] = []
  for (let from = 0; from < conditions.length; from += maxFiltersPerStatement) {
    const part = conditions.slice(from, from + maxFiltersPerStatement)
    const columns = Prisma.join(part.map((condition) => Prisma.sql`(${condition}) IS TRUE`))
    const rows = await database.$queryRaw<{ id: string; matches: boolean[] }[]>`${withoutPreparedPlan}
      SELECT "Media"."id", ARRAY[${columns}] AS "matches" FROM "Media" WHERE "Media"."id" = ANY(${[...ids]}::uuid[])`
    results.push(...part.map((_, index) => new Set(rows.filter(({ matches }) => matches[index]).map(({ id }) => id))))
  }
  return results
}

/** Reads the words of these media, and the last number of the table of words. */
export const readWords = async (
  database: Database,
  ids: readonly string[],
): Promise<{ words: string[]; lastId: bigint | null }> => {
  const [row] = await database.$queryRaw<{ words: string[]; lastId: bigint | null }[]>`
    SELECT (SELECT max("id") FROM "SearchWord") AS "lastId", ARRAY(
      SELECT DISTINCT unnest(tsvector_to_array("searchVector")) FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[])
    ) AS "words"`
  return row ?? { words: [], lastId: null }
}

/** Reads the clock of the database, which also dates the log. */
export const readClock = async (database: Database): Promise<Date> => {
  const [row] = await database.$queryRaw<{ time: Date }[]>`SELECT clock_timestamp() AS "time"`
  if (row === undefined) throw new Error('The database returned no time.')
  return row.time
}

/** Reads the attempts of the renditions that are being made, each with its media. */
export const readRunningAttempts = async (database: Database): Promise<Map<string, string>> => {
  const rows = await database.rendition.findMany({
    where: { status: 'PROCESSING' },
    select: { id: true, attempts: true, version: { select: { mediaId: true } } },
  })
  return new Map(rows.map(({ id, attempts, version }) => [`${id} ${attempts}`, version.mediaId]))
}
