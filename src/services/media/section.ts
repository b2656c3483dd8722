import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { type Search, searchRecheck } from './search.ts'

/** Consecutive media in the order of upload, newest first. */
export interface Section {
  /** Excludes the newer media. */
  condition: Prisma.Sql
  /** Number of media, whether they match or not. */
  size: number
}

export interface SectionLimits {
  /** Up to this number of matches, all of them are looked up. 10,000 take about 30 ms. */
  lookedUp: number
  /** If a larger share of all media matches, few have to be checked to rank as many as are listed. */
  share: number
  /** Size of a section. 40,000 take about 25 ms. */
  section: number
}
export const sectionLimits: SectionLimits = { lookedUp: 10_000, share: 0.05, section: 40_000 }

/** Least number of media that are sampled; up to twice as many are. 2,000 take about 3 ms. */
const sampledMedia = 1500
/** A section begins this number of sampled media before the first match among them. */
const leadingMedia = 30

interface SectionQuery {
  search: Search
  /** Conditions that the index of the order checks. */
  inIndex: Prisma.Sql
  /** The other conditions but the search, to be checked on some media. */
  otherConditions: Prisma.Sql
}

/**
 * Returns the section of the media among which a search is ranked; null if few media match, so that all of them are
 * looked up. A sample decides both, as words of the same title depend on each other, and some belong to one year. If many
 * media have all of the words, but none in the sample matches, the section begins with the newest: older matches are not
 * found. The sample stays the same while the library does not grow or shrink by half: pages of a list use the same section.
 */
export const sectionOf = async (
  database: Database | Transaction,
  { search, inIndex, otherConditions }: SectionQuery,
  { lookedUp, share, section }: SectionLimits,
): Promise<Section | null> => {
  const [row] = await database.$queryRaw<
    { total: number; matches: number; first: Date | null }[]
  >`${withoutPreparedPlan}
    WITH "rate" AS MATERIALIZED (
      SELECT 2 ^ least(0, ceil(log(2, ${sampledMedia}::int / greatest(1, "reltuples")::numeric))) AS "share"
      FROM pg_class WHERE "oid" = '"Media"'::regclass
    ), "sampled" AS MATERIALIZED (
      SELECT "uploadedAt", (${otherConditions} AND "searchVector" @@ ${search.wordQuery}::tsquery) IS TRUE AS "likely",
        (${otherConditions} AND ${searchRecheck(search)}) IS TRUE AS "match",
        row_number() OVER (ORDER BY "uploadedAt" DESC, "id" DESC) AS "place"
      FROM "Media" TABLESAMPLE SYSTEM ((SELECT 100 * "share" FROM "rate")) REPEATABLE (1) WHERE ${inIndex}
    )
    SELECT "size" / "share"::float8 AS "total", "matches" / "share"::float8 AS "matches", (
      SELECT "uploadedAt" FROM "sampled"
      WHERE "place" = (SELECT min("place") FROM "sampled" WHERE "match") - ${leadingMedia}::int
    ) AS "first"
    FROM "rate", (SELECT count(*) FILTER (WHERE "likely")::float8 AS "matches", count(*) AS "size" FROM "sampled") AS "counted"`
  if (row === undefined || (row.matches <= lookedUp && row.matches <= share * row.total)) return null
  const { total, first } = row
  const isWhole = first === null || total <= section
  return {
    condition: isWhole ? Prisma.sql`true` : Prisma.sql`"uploadedAt" <= ${first.toISOString()}::timestamptz`,
    size: section,
  }
}
