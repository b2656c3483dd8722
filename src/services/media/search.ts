import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { type Dictionary, lookUpWords } from '../search/dictionary.ts'
import { type Candidate, candidatesOf, type LookedUpWord, toTsQuery } from '../search/spelling.ts'

/** What was searched for, with typos corrected on the table of words. */
export interface Search {
  text: string
  wordCount: number
  /** A `tsquery`; empty where the text holds no word, which nothing matches. */
  query: string
  wordCandidates: Candidate[]
}

export const maxWords = 16
/** Only so many are ranked, and RELEVANCE lists no more: so its cost has a bound, however common the words are. */
export const maxRankedMedia = 1000

const titleDictionary: Dictionary = {
  table: Prisma.sql`"SearchWord"`,
  neighbours: (word) => Prisma.sql`"searchNeighbours"(${word})`,
}

/** One statement for all words. */
export const resolveSearch = async (database: Database | Transaction, text: string): Promise<Search> => {
  const words = await database.$queryRaw<
    LookedUpWord[]
  >`${lookUpWords(titleDictionary, text, maxWords)} ORDER BY "asked"."position"`
  const wordCandidates = words.map(candidatesOf)
  return { text, wordCount: words.length, query: toTsQuery(wordCandidates), wordCandidates: wordCandidates.flat() }
}

export const searchCondition = ({ query }: Search): Prisma.Sql =>
  query === '' ? Prisma.sql`false` : Prisma.sql`"searchVector" @@ ${query}::tsquery`

/** The same for few rows that something else finds: like this, no index is asked for all that match. */
export const searchRecheck = (search: Search): Prisma.Sql => Prisma.sql`(${searchCondition(search)}) IS TRUE`

const titleCondition = ({ text }: Search): Prisma.Sql =>
  Prisma.sql`(lower("title") COLLATE "C" = lower(${text}::text) COLLATE "C")`

/**
 * At most 1,000 media with their relevance: those whose title is the very text, then the newest others that match. It
 * depends on the media and the text alone, so that a page's cursor stays true while others come and go. Each word counts
 * by how well it was met and where (title, tags, file name); short titles come before long ones. `others` is what else the
 * filter asks, `searched` what the search itself does.
 */
export const rankedMediaSql = (otherConditions: Prisma.Sql, matchCondition: Prisma.Sql, search: Search): Prisma.Sql => {
  const column = <Field extends keyof Candidate>(field: Field) =>
    search.wordCandidates.map((candidate) => candidate[field])
  return Prisma.sql`
    "candidate" AS MATERIALIZED (
      (
        SELECT "id", "searchVector", 1 AS "exact" FROM "Media"
        WHERE ${otherConditions} AND ${titleCondition(search)} AND ${searchRecheck(search)}
        ORDER BY "uploadedAt" DESC, "id" DESC LIMIT ${maxRankedMedia}
      ) UNION ALL (
        SELECT "id", "searchVector", 0 FROM "Media"
        WHERE ${otherConditions} AND ${matchCondition} AND NOT ${titleCondition(search)}
        ORDER BY "uploadedAt" DESC, "id" DESC LIMIT ${maxRankedMedia}
      ) LIMIT ${maxRankedMedia}
    ),
    "reading" AS MATERIALIZED (
      SELECT * FROM unnest(
        ${column('index')}::int[], ${column('word')}::text[], ${column('prefix')}::boolean[], ${column('weight')}::float8[]
      ) AS "given"("index", "word", "prefix", "weight")
    ),
    "ranked" AS (
      SELECT "id", round(1000000 * (
        "exact"
        + 0.2 * least(1, ${search.wordCount}::float8 / greatest(1, length(ts_filter("searchVector", '{a}'))))
        + (
          SELECT coalesce(sum("best"), 0) FROM (
            SELECT max("reading"."weight"
              * CASE WHEN 'A' = ANY("found"."weights") THEN 1 WHEN 'B' = ANY("found"."weights") THEN 0.7 ELSE 0.5 END) AS "best"
            FROM unnest("searchVector") AS "found"("lexeme", "positions", "weights")
            JOIN "reading" ON "found"."lexeme" = "reading"."word"
              OR ("reading"."prefix" AND starts_with("found"."lexeme", "reading"."word"))
            GROUP BY "reading"."index"
          ) AS "met"
        ) / ${search.wordCount}::float8
      ))::bigint AS "relevance"
      FROM "candidate"
    )`
}

/** Counts what `rankedMedia` lists. In its order too, so that the same index is walked until there are enough. */
export const cappedCountSql = (conditions: Prisma.Sql): Prisma.Sql => Prisma.sql`${withoutPreparedPlan}
  SELECT count(*) FROM (
    SELECT FROM "Media" WHERE ${conditions} ORDER BY "uploadedAt" DESC, "id" DESC LIMIT ${maxRankedMedia}
  ) AS "some"`
