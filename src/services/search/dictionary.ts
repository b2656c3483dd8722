import { Prisma } from '../../../prisma/generated/client/client.ts'

/** Known words, maintained by a trigger, and the query for those that look like a given word. */
export interface Dictionary {
  table: Prisma.Sql
  neighbours(word: Prisma.Sql): Prisma.Sql
}

/** Pairs of neighbouring letters by which a part of a text without blanks is found: more of them exclude hardly anything. */
const maxPairs = 32

/** Looks up each word of a text: rows as `LookedUpWord`, each with its position. Words are cut to 64 characters. */
export const lookUpWords = (
  { table, neighbours }: Dictionary,
  text: string,
  maxWords: number,
): Prisma.Sql => Prisma.sql`
  SELECT "asked".*,
    EXISTS (SELECT FROM ${table} AS "same" WHERE "same"."word" COLLATE "C" = "asked"."word") AS "known",
    EXISTS (
      SELECT FROM ${table} AS "longer"
      WHERE "longer"."word" COLLATE "C" > "asked"."word"
        AND "longer"."word" COLLATE "C" < "asked"."word" || chr(1114111)
    ) AS "begun",
    CASE WHEN "searchCorrectable"("asked"."word")
      THEN ARRAY(SELECT ${neighbours(Prisma.sql`"asked"."word"`)}) ELSE '{}' END AS "neighbours",
    (ARRAY(SELECT "searchPairs"("asked"."word")))[:${maxPairs}::int] AS "pairs"
  FROM (
    SELECT left("word", 64) AS "word", min("position") AS "position"
    FROM unnest(("searchWords"(${text}))[:${maxWords}::int]) WITH ORDINALITY AS "given"("word", "position")
    GROUP BY left("word", 64)
  ) AS "asked"`
