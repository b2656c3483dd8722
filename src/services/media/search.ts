import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { type Dictionary, lookUpWords } from '../search/dictionary.ts'
import { type Candidate, candidatesOf, type LookedUpWord } from '../search/spelling.ts'
import { toTsQuery } from '../search/tsQuery.ts'

/** A search text whose typos were corrected by the table of words. */
export interface Search {
  text: string
  wordCount: number
  /** A `tsquery`; empty if the text contains no word, which matches no media. */
  query: string
  wordCandidates: Candidate[]
}

export const maxWords = 16

const titleDictionary: Dictionary = {
  table: Prisma.sql`"SearchWord"`,
  neighbours: (word) => Prisma.sql`"searchNeighbours"(${word})`,
}

/** Looks up all words in one statement. */
export const resolveSearch = async (database: Database | Transaction, text: string): Promise<Search> => {
  const words = await database.$queryRaw<
    LookedUpWord[]
  >`${lookUpWords(titleDictionary, text, maxWords)} ORDER BY "asked"."position"`
  const wordCandidates = words.map(candidatesOf)
  return { text, wordCount: words.length, query: toTsQuery(wordCandidates), wordCandidates: wordCandidates.flat() }
}

export const searchCondition = ({ query }: Search): Prisma.Sql =>
  query === '' ? Prisma.sql`false` : Prisma.sql`"searchVector" @@ ${query}::tsquery`

/** The same condition for few rows that other conditions find: in this form it uses no index to find all matches. */
export const searchRecheck = (search: Search): Prisma.Sql => Prisma.sql`(${searchCondition(search)}) IS TRUE`
