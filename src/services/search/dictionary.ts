import { Prisma } from '../../../prisma/generated/client/client.ts'
import { minCorrectedLength } from './spelling.ts'

/** Known words, maintained by a trigger, and the query for those that look like a given word. */
export interface Dictionary {
  table: Prisma.Sql
  neighbours(word: Prisma.Sql): Prisma.Sql
  /** Expression for all words that begin with a given word; null if they are too many or not known. */
  completions?(word: Prisma.Sql): Prisma.Sql
}

/** Pairs of neighbouring letters by which a part of a text without blanks is found: more of them exclude hardly anything. */
const maxPairs = 32

/**
 * Looks up each word of a text: rows as `LookedUpWord`, each with its position. Words are cut to 64 characters. Neighbours,
 * which take some milliseconds per word, are only looked up where `maxTypos` assumes a typo.
 */
export const lookUpWords = (
  { table, neighbours, completions }: Dictionary,
  text: string,
  maxWords: number,
): Prisma.Sql => Prisma.sql`
  SELECT "asked".*, "familiar".*,
    CASE WHEN "searchCorrectable"("asked"."word")
        AND (char_length("asked"."word") >= ${minCorrectedLength} OR NOT ("familiar"."known" OR "familiar"."begun"))
      THEN ARRAY(SELECT ${neighbours(Prisma.sql`"asked"."word"`)}) ELSE '{}' END AS "neighbours",
    (ARRAY(SELECT "searchPairs"("asked"."word")))[:${maxPairs}::int] AS "pairs",
    ${completions?.(Prisma.sql`"asked"."word"`) ?? Prisma.sql`NULL::text[]`} AS "completions"
  FROM (
    SELECT left("word", 64) AS "word", min("position") AS "position"
    FROM unnest(("searchWords"(${text}))[:${maxWords}::int]) WITH ORDINALITY AS "given"("word", "position")
    GROUP BY left("word", 64)
  ) AS "asked" CROSS JOIN LATERAL (
    SELECT
      EXISTS (SELECT FROM ${table} AS "same" WHERE "same"."word" COLLATE "C" = "asked"."word") AS "known",
      EXISTS (
        SELECT FROM ${table} AS "longer"
        WHERE "longer"."word" COLLATE "C" > "asked"."word"
          AND "longer"."word" COLLATE "C" < "asked"."word" || chr(1114111)
      ) AS "begun"
    OFFSET 0
  ) AS "familiar"`
