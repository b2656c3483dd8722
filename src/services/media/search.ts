import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { type Dictionary, lookUpWords } from '../search/dictionary.ts'
import { type Candidate, candidatesOf, type LookedUpWord } from '../search/spelling.ts'
import { anyOf, toTsQuery, toWordQuery } from '../search/tsQuery.ts'

/** A search text whose typos were corrected by the table of words. */
export interface Search {
  text: string
  wordCount: number
  /** A `tsquery`; empty if the text contains no word: then it finds the titles that are equal to it. */
  query: string
  /** A `tsquery` of the same words wherever they stand: it finds all that the index finds for `query`. */
  wordQuery: string
  wordCandidates: Candidate[]
}

export const maxWords = 16

const titleDictionary: Dictionary = {
  table: Prisma.sql`"SearchWord"`,
  neighbours: (word) => Prisma.sql`"searchNeighbours"(${word})`,
  completions: (word) => Prisma.sql`"searchCompletions"(${word})`,
}

/** Looks up all words in one statement. */
export const resolveSearch = async (database: Database | Transaction, text: string): Promise<Search> => {
  const words = await database.$queryRaw<(LookedUpWord & { compounds: string[] })[]>`
    SELECT "looked".*, "searchCompounds"(${text}) AS "compounds"
    FROM (${lookUpWords(titleDictionary, text, maxWords)}) AS "looked" ORDER BY "position"`
  const wordCandidates = words.map(candidatesOf)
  const compounds = (words[0]?.compounds ?? [])
    .map((compound) => compound.split(' ').map((part) => words.findIndex(({ word }) => word === part)))
    .filter((indexes) => !indexes.includes(-1))
  return {
    text,
    wordCount: Math.max(1, words.length),
    query: toTsQuery(wordCandidates, compounds),
    wordQuery: toWordQuery(wordCandidates),
    wordCandidates: wordCandidates.flat(),
  }
}

/** A media whose title is the text itself, regardless of case. */
export const titleCondition = ({ text }: Search): Prisma.Sql =>
  Prisma.sql`(lower("title") COLLATE "C" = lower(${text}::text) COLLATE "C")`

export const searchCondition = (search: Search): Prisma.Sql =>
  search.query === '' ? titleCondition(search) : Prisma.sql`"searchVector" @@ ${search.query}::tsquery`

/** The same condition for few rows that other conditions find: in this form it uses no index to find all matches. */
export const searchRecheck = (search: Search): Prisma.Sql => Prisma.sql`(${searchCondition(search)}) IS TRUE`

/** The same condition for a search with a rare word: the index looks up that word alone, which takes less than all words. */
export const rareWordCondition = (search: Search, rareWord: number): Prisma.Sql => {
  const readings = search.wordCandidates.filter(({ index }) => index === rareWord)
  return Prisma.sql`("searchVector" @@ ${anyOf(readings)}::tsquery AND ${searchRecheck(search)})`
}
