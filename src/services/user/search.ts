import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../kernel/ports.ts'
import { type Dictionary, lookUpWords } from '../search/dictionary.ts'
import { type Candidate, candidatesOf, type LookedUpWord } from '../search/spelling.ts'

/** Of a name: as it is spelt, or as it sounds, which finds other spellings. */
interface NameCandidate extends Candidate {
  isSpelling: boolean
}

/** Who is looked for, with typos corrected on the table of names. */
export interface NameSearch {
  text: string
  wordCandidates: NameCandidate[]
  /** The newest known word that was looked at. */
  horizon: number
}

/** Hardly a name has more; of a longer text, only these are looked up. */
const maxWords = 8
/** Only so many are ranked, and a search lists no more: so its cost has a bound, however common a name is. */
const maxRankedUsers = 1000

/** Words that were known until then, in the order of their numbers; all where nothing is said. */
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

// Two letters say nothing about how a name goes on to sound.
const minSoundLength = 3

/** Names are looked up while they are typed: any first letters will do. */
const nameCandidatesOf = (entry: LookedUpName, index: number): NameCandidate[] => [
  { index, word: entry.word, prefix: true, isSpelling: true, weight: 0.8 },
  ...candidatesOf(entry, index)
    .filter(({ prefix }) => !prefix)
    .map((candidate) => ({ ...candidate, isSpelling: true })),
  { index, word: entry.sound, prefix: false, isSpelling: false, weight: 0.7 },
  ...([...entry.sound].length >= minSoundLength
    ? [{ index, word: entry.sound, prefix: true, isSpelling: false, weight: 0.5 }]
    : []),
]

/**
 * One statement for all words. What a mistyped word may mean depends on the words that are known: the pages of one walk
 * share a horizon, so that a newcomer's name does not change what the next page is a page of.
 */
export const resolveNameSearch = async (
  database: Database,
  text: string,
  horizon: number | null,
): Promise<NameSearch> => {
  const words = await database.$queryRaw<LookedUpName[]>`
    SELECT "known".*, "nameSound"("word") AS "sound",
      (SELECT coalesce(max("id"), 0) FROM "NameWord") AS "horizon"
    FROM (${lookUpWords(nameDictionary(horizon), text, maxWords)}) AS "known" ORDER BY "position"`
  return { text, wordCandidates: words.flatMap(nameCandidatesOf), horizon: horizon ?? Number(words[0]?.horizon ?? 0) }
}

const groupByWord = (wordCandidates: readonly NameCandidate[]): NameCandidate[][] => [
  ...Map.groupBy(wordCandidates, ({ index }) => index).values(),
]

/** Every word in one of these readings. Words are letters and digits only. */
const matchCondition = (wordCandidates: readonly NameCandidate[]): Prisma.Sql => {
  const candidateText = ({ word, prefix, isSpelling }: NameCandidate) =>
    `'${word}':${prefix ? '*' : ''}${isSpelling ? 'AC' : 'B'}`
  if (wordCandidates.length === 0) return Prisma.sql`false`
  const query = groupByWord(wordCandidates)
    .map((choices) => `(${choices.map(candidateText).join(' | ')})`)
    .join(' & ')
  return Prisma.sql`"searchVector" @@ ${query}::tsquery`
}

/** From the best to the least: a condition for each way in which somebody may be meant. */
const tiersOf = ({ text, wordCandidates }: NameSearch): [Prisma.Sql, ...Prisma.Sql[]] => {
  const key = Prisma.sql`lower("externalId") COLLATE "C"`
  const textKey = Prisma.sql`lower(${text}::text) COLLATE "C"`
  const spellings = wordCandidates.filter(({ isSpelling, weight }) => isSpelling && weight >= 0.8)
  return [
    Prisma.sql`(lower("name") COLLATE "C" = ${textKey} OR ${key} = ${textKey})`,
    matchCondition(spellings.filter(({ prefix }) => !prefix)),
    Prisma.sql`(${matchCondition(spellings)} OR (${key} > ${textKey} AND ${key} < ${textKey} || chr(1114111)))`,
    matchCondition(wordCandidates),
  ]
}

/**
 * At most 1,000 users, as `"candidate"`: the best tiers first, and in each those who appeared first, so that newcomers push
 * nobody out of a list that is being walked.
 */
export const candidateUsersSql = (search: NameSearch): Prisma.Sql => {
  const tiers = tiersOf(search)
  const branches = tiers.map((condition, tier) => {
    // Not as `NOT`: the planner would turn that around and look up all others.
    const exclusions = tiers.slice(0, tier).map((betterTier) => Prisma.sql`AND (${betterTier}) IS NOT TRUE`)
    return Prisma.sql`(
      SELECT "id", "name", "searchVector", ${tier}::int AS "tier" FROM "User"
      WHERE ${condition} ${exclusions.length > 0 ? Prisma.join(exclusions, ' ') : Prisma.empty}
      ORDER BY "id" LIMIT ${maxRankedUsers})`
  })
  return Prisma.sql`"candidate" AS MATERIALIZED (${Prisma.join(branches, ' UNION ALL ')} LIMIT ${maxRankedUsers})`
}

/** How well one word was met: by its best reading. */
const wordScore = (wordCandidates: readonly NameCandidate[]): Prisma.Sql => {
  const levels = [...Map.groupBy(wordCandidates, ({ weight }) => weight)].toSorted(([a], [b]) => b - a)
  const cases = levels.map(([weight, level]) => Prisma.sql`WHEN ${matchCondition(level)} THEN ${weight}::float8`)
  return Prisma.sql`CASE ${Prisma.join(cases, ' ')} ELSE 0 END`
}

/**
 * The candidates, as `"ranked"`, with their distance from what was asked for: by tier, then by how well each word was met,
 * then short names before long ones. It depends on the user and the text alone, so that a page's cursor stays true while
 * others come.
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
