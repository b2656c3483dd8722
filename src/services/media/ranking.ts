import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Candidate } from '../search/spelling.ts'
import { allConditions, allOf, type ResolvedFilter } from './filter.ts'
import { type Search, searchRecheck, titleCondition } from './search.ts'

/** Limit of the media that are ranked and listed by RELEVANCE: bounds the cost, however common the words are. */
const maxRankedMedia = 1000

/**
 * The media that are ranked: at most 1,000, first those whose title equals the text, then the newest other matches. All
 * matches are looked up, or one section of the media in the order of upload is checked (`plan.section`).
 */
const candidatesSql = ({ where, plan }: ResolvedFilter, search: Search): Prisma.Sql => {
  const isTitle = titleCondition(search)
  const inOrder = Prisma.sql`ORDER BY "uploadedAt" DESC, "id" DESC`
  const { section } = plan
  // Without its fence, the planner scans the order if it expects many matches, of which there may be none.
  const others =
    section === null
      ? Prisma.sql`(SELECT * FROM "Media" WHERE ${allConditions(where)} AND NOT ${isTitle} OFFSET 0) AS "match"`
      : Prisma.sql`(
          SELECT * FROM "Media" WHERE ${allOf([...where.trash, ...plan.rangesOf('UPLOADED_AT'), section.condition])}
          ${inOrder} LIMIT ${section.size}
        ) AS "Media" WHERE ${allConditions({ ...where, trash: [], covered: plan.coveredChecks })} AND NOT ${isTitle}`
  return Prisma.sql`(
      SELECT "id", "searchVector", 1 AS "exact" FROM "Media"
      WHERE ${allConditions({ ...where, search: [] })} AND ${isTitle} AND ${searchRecheck(search)}
      ${inOrder} LIMIT ${maxRankedMedia}
    ) UNION ALL (
      SELECT "id", "searchVector", 0 FROM ${others} ${inOrder} LIMIT ${maxRankedMedia}
    ) LIMIT ${maxRankedMedia}`
}

/** How well the best reading of one word fits a media: more in the title (A) than in tags (B) or the file name (C). */
const bestOf = (readings: readonly Candidate[]): Prisma.Sql => {
  const fits = readings.map(({ word, isPrefix, weight }) => {
    const has = (label: string) => Prisma.sql`"searchVector" @@ ${`'${word}':${isPrefix ? '*' : ''}${label}`}::tsquery`
    return Prisma.sql`CASE WHEN ${has('A')} THEN ${weight}::float8 WHEN ${has('B')} THEN ${weight * 0.7}::float8
      WHEN ${has('')} THEN ${weight * 0.5}::float8 ELSE 0 END`
  })
  return Prisma.sql`greatest(${Prisma.join(fits)})`
}

/**
 * The media that are ranked, with their relevance. The relevance of a media depends on that media and the text alone, so
 * that a cursor stays valid while media are added and deleted. Each word counts by how well it matches and where (title,
 * tags, file name); short titles rank before long ones.
 */
export const rankedMediaSql = (filter: ResolvedFilter, search: Search): Prisma.Sql => {
  // The first pair of a word stands for the others: the media match already.
  const readings = search.wordCandidates.filter(({ isPair }, at, all) => !(isPair && all[at - 1]?.isPair))
  const byWord = Map.groupBy(readings, ({ index }) => index)
  const fit = byWord.size === 0 ? Prisma.sql`0` : Prisma.join([...byWord.values()].map(bestOf), ' + ')
  return Prisma.sql`
    "candidate" AS MATERIALIZED (
      ${candidatesSql(filter, search)}
    ),
    "ranked" AS (
      SELECT "id", round(1000000 * (
        "exact"
        + 0.2 * least(1, ${search.wordCount}::float8 / greatest(1, length(ts_filter("searchVector", '{a}'))))
        + (${fit}) / ${search.wordCount}::float8
      ))::bigint AS "relevance"
      FROM "candidate"
    )`
}
