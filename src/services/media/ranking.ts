import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Candidate } from '../search/spelling.ts'
import { type Search, searchRecheck, titleCondition } from './search.ts'

/** Limit of the media that are ranked and listed by RELEVANCE: bounds the cost, however common the words are. */
const maxRankedMedia = 1000

/**
 * At most 1,000 media with their relevance: first those whose title equals the text, then the newest other matches. The
 * relevance of a media depends on that media and the text alone, so that a cursor stays valid while media are added and
 * deleted. Each word counts by how well it matches and where (title, tags, file name); short titles rank before long ones.
 * `matchCondition` is the search condition, `otherConditions` are those of the other filter fields.
 */
export const rankedMediaSql = (otherConditions: Prisma.Sql, matchCondition: Prisma.Sql, search: Search): Prisma.Sql => {
  // The first pair of a word stands for the others: the media match already, and each reading is compared with each lexeme.
  const candidates = search.wordCandidates.filter(({ isPair }, at, all) => !(isPair && all[at - 1]?.isPair))
  const column = <Field extends keyof Candidate>(field: Field) => candidates.map((candidate) => candidate[field])
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
        ${column('index')}::int[], ${column('word')}::text[], ${column('isPrefix')}::boolean[], ${column('weight')}::float8[]
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

/** Counts the media that `rankedMediaSql` lists; in the same order, to scan the same index until the limit is reached. */
export const cappedCountSql = (conditions: Prisma.Sql): Prisma.Sql => Prisma.sql`${withoutPreparedPlan}
  SELECT count(*) FROM (
    SELECT FROM "Media" WHERE ${conditions} ORDER BY "uploadedAt" DESC, "id" DESC LIMIT ${maxRankedMedia}
  ) AS "some"`
