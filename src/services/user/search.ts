import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../kernel/ports.ts'
import { type Dictionary, lookUpWords } from '../search/dictionary.ts'
import { type Candidate, candidatesOf, type LookedUpWord } from '../search/spelling.ts'
import { anyOf } from '../search/tsQuery.ts'

/** Candidate for a word of a name: a spelling, or a sound, which finds other spellings. */
interface NameCandidate extends Candidate {
  isSpelling: boolean
}

/** Resolved search text, with typos corrected against the table of name words. */
export interface NameSearch {
  text: string
  /** Texts of which one is an external id or its beginning. */
  keys: readonly string[]
  wordCandidates: NameCandidate[]
  /** Id of the newest name word that the search took into account. */
  horizon: number
}

/** Few names have more words; of a longer text, only the first ones are looked up. */
const maxWords = 8
/** A search ranks and lists no more users, which bounds its cost however common a name is. */
const maxRankedUsers = 1000

/** Dictionary of the name words whose id is at most the horizon; all words if it is null. */
const nameDictionary = (horizon: number | null): Dictionary => {
  const newest = Prisma.sql`coalesce(${horizon}::bigint, 9223372036854775807)`
  return {
    table: Prisma.sql`(SELECT * FROM "NameWord" WHERE "id" <= ${newest})`,
    neighbours: (word) => Prisma.sql`"nameNeighbours"(${word}, ${newest})`,
  }
}

interface LookedUpName extends LookedUpWord {
  sound: string
  horizon: bigint
}

// A sound of two letters is too short to predict how a name continues.
const minSoundLength = 3

/** Names are looked up while they are typed, so a prefix of any length matches. */
const nameCandidatesOf = (entry: LookedUpName, index: number): NameCandidate[] => [
  { index, word: entry.word, isPrefix: true, isSpelling: true, weight: 0.8 },
  ...candidatesOf(entry, index)
    .filter(({ isPrefix }) => !isPrefix)
    .map((candidate) => ({ ...candidate, isSpelling: true })),
  { index, word: entry.sound, isPrefix: false, isSpelling: false, weight: 0.7 },
  ...([...entry.sound].length >= minSoundLength
    ? [{ index, word: entry.sound, isPrefix: true, isSpelling: false, weight: 0.5 }]
    : []),
]

/**
 * Resolves all words of a search with one statement. The candidates for a mistyped word depend on the stored name
 * words: the pages of one list share a horizon, so that the name of a new user does not change the list between two
 * pages.
 */
export const resolveNameSearch = async (
  database: Database,
  { text, keys }: Pick<NameSearch, 'text' | 'keys'>,
  horizon: number | null,
): Promise<NameSearch> => {
  const words = await database.$queryRaw<LookedUpName[]>`
    SELECT "known".*, "nameSound"("word") AS "sound",
      (SELECT coalesce(max("id"), 0) FROM "NameWord") AS "horizon"
    FROM (${lookUpWords(nameDictionary(horizon), text, maxWords)}) AS "known" ORDER BY "position"`
  return {
    text,
    keys,
    wordCandidates: words.flatMap(nameCandidatesOf),
    horizon: horizon ?? Number(words[0]?.horizon ?? 0),
  }
}

const groupByWord = (wordCandidates: readonly NameCandidate[]): NameCandidate[][] => [
  ...Map.groupBy(wordCandidates, ({ index }) => index).values(),
]

/** Condition that each word matches one of its candidates. */
const matchCondition = (wordCandidates: readonly NameCandidate[]): Prisma.Sql => {
  if (wordCandidates.length === 0) return Prisma.sql`false`
  const query = groupByWord(wordCandidates)
    .map((choices) => anyOf(choices, ({ isSpelling }) => (isSpelling ? 'AC' : 'B')))
    .join(' & ')
  return Prisma.sql`"searchVector" @@ ${query}::tsquery`
}

/** Conditions for the kinds of match, from the best to the weakest. */
const tiersOf = ({ text, keys, wordCandidates }: NameSearch): [Prisma.Sql, ...Prisma.Sql[]] => {
  const folded = (column: Prisma.Sql) => Prisma.sql`lower(${column}) COLLATE "C"`
  const key = folded(Prisma.sql`"externalId"`)
  const anyKey = (condition: (given: Prisma.Sql) => Prisma.Sql) =>
    Prisma.join(
      keys.map((given) => condition(folded(Prisma.sql`${given}::text`))),
      ' OR ',
    )
  const spellings = wordCandidates.filter(({ isSpelling, weight }) => isSpelling && weight >= 0.8)
  return [
    Prisma.sql`(
      ${folded(Prisma.sql`"name"`)} = ${folded(Prisma.sql`${text}::text`)} OR ${anyKey((given) => Prisma.sql`${key} = ${given}`)})`,
    matchCondition(spellings.filter(({ isPrefix }) => !isPrefix)),
    Prisma.sql`(
      ${matchCondition(spellings)}
      OR ${anyKey((given) => Prisma.sql`(${key} > ${given} AND ${key} < ${given} || chr(1114111))`)})`,
    matchCondition(wordCandidates),
  ]
}

/**
 * Selects at most 1,000 users as `"candidate"`: the best tiers first, and within a tier the oldest users, so that new
 * users push no one out of a list that is being paged through.
 */
export const candidateUsersSql = (search: NameSearch): Prisma.Sql => {
  const tiers = tiersOf(search)
  const branches = tiers.map((condition, tier) => {
    // Not written as `NOT`: the planner would invert the condition and look up all other users.
    const exclusions = tiers.slice(0, tier).map((betterTier) => Prisma.sql`AND (${betterTier}) IS NOT TRUE`)
    return Prisma.sql`(
      SELECT "id", "name", "searchVector", ${tier}::int AS "tier" FROM "User"
      WHERE ${condition} ${exclusions.length > 0 ? Prisma.join(exclusions, ' ') : Prisma.empty}
      ORDER BY "id" LIMIT ${maxRankedUsers})`
  })
  return Prisma.sql`"candidate" AS MATERIALIZED (${Prisma.join(branches, ' UNION ALL ')} LIMIT ${maxRankedUsers})`
}

/** Score of one word: the weight of the best candidate that matches. */
const wordScore = (wordCandidates: readonly NameCandidate[]): Prisma.Sql => {
  const levels = [...Map.groupBy(wordCandidates, ({ weight }) => weight)].toSorted(([a], [b]) => b - a)
  const cases = levels.map(([weight, level]) => Prisma.sql`WHEN ${matchCondition(level)} THEN ${weight}::float8`)
  return Prisma.sql`CASE ${Prisma.join(cases, ' ')} ELSE 0 END`
}

/**
 * Selects the candidates as `"ranked"`, with their distance from the search text: by tier, then by the scores of the
 * words, then short names before long ones. The distance depends on the user and the text alone, so that a cursor stays
 * valid while users are added.
 */
export const rankedUsersSql = (search: NameSearch): Prisma.Sql => {
  const words = groupByWord(search.wordCandidates)
  const score = words.length > 0 ? Prisma.join(words.map(wordScore), ' + ') : Prisma.sql`0`
  const wordCount = Prisma.sql`greatest(1, ${words.length}::float8)`
  return Prisma.sql`${candidateUsersSql(search)},
    "ranked" AS (
      SELECT "id", "name", ("tier" * 1000 + round(1000 * (
        1
        - 0.2 * least(1, ${wordCount} / greatest(1, length(ts_filter("searchVector", '{a}'))))
        - 0.8 * CASE WHEN "tier" < 2 THEN 1 ELSE (${score}) / ${wordCount} END
      )))::int AS "distance"
      FROM "candidate"
    )`
}
