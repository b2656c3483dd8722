import type { Database, Transaction } from '../kernel/ports.ts'
import type { Search } from './search.ts'

/**
 * Returns the index of the rarest word of a search if at most `limit` media contain it, by the planner's statistics, else
 * null. Only words that are searched as whole words count. The statistics list common words alone; others are rarer than
 * the rarest of these. An error costs time, but changes no result, and without statistics no word is rare.
 */
export const findRareWord = async (
  database: Database | Transaction,
  { wordCandidates }: Search,
  limit: number,
): Promise<number | null> => {
  const isOpen = new Set(
    wordCandidates
      .filter(({ isPrefix, completions, isPair }) => isPair || (isPrefix && completions === undefined))
      .map(({ index }) => index),
  )
  const words = wordCandidates
    .filter(({ index }) => !isOpen.has(index))
    .flatMap(({ index, word, completions = [] }) => [word, ...completions].map((lexeme) => ({ index, lexeme })))
  if (words.length === 0) return null
  const [row] = await database.$queryRaw<{ index: number }[]>`
    WITH "common" AS MATERIALIZED (
      SELECT "word", "share" FROM pg_stats
        CROSS JOIN unnest("most_common_elems"::text::text[], "most_common_elem_freqs") AS "listed"("word", "share")
      WHERE "schemaname" = current_schema() AND "tablename" = 'Media' AND "attname" = 'searchVector' AND "word" IS NOT NULL
    )
    SELECT "index" FROM (
      SELECT "index", greatest(sum("common"."share"), (SELECT min("share") FROM "common")) AS "share"
      FROM unnest(${words.map(({ index }) => index)}::int[], ${words.map(({ lexeme }) => lexeme)}::text[]) AS "given"("index", "word")
        LEFT JOIN "common" USING ("word")
      GROUP BY "index"
    ) AS "searched"
    WHERE "share" * (SELECT "reltuples" FROM pg_class WHERE "oid" = '"Media"'::regclass) <= ${limit}::int
    ORDER BY "share", "index" LIMIT 1`
  return row?.index ?? null
}
