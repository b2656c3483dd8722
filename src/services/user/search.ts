import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../kernel/ports.ts'
import { askAbout, type Vocabulary } from '../search/dictionary.ts'
import { type Asked, type Reading, readingsOf } from '../search/spelling.ts'

/** Of a name: as it is spelt, or as it sounds, which finds other spellings. */
interface NameReading extends Reading {
  spelt: boolean
}

/** Who is looked for, with typos corrected on the table of names. */
export interface NameSearch {
  text: string
  readings: NameReading[]
  /** The newest known word that was looked at. */
  horizon: number
}

/** Hardly a name has more; of a longer text, only these are looked up. */
const mostWords = 8
/** Only so many are ranked, and a search lists no more: so its cost has a bound, however common a name is. */
const mostCandidates = 1000

/** Words that were known until then, in the order of their numbers; all where nothing is said. */
const namesUntil = (horizon: number | null): Vocabulary => {
  const newest = Prisma.sql`coalesce(${horizon}::bigint, 9223372036854775807)`
  return {
    table: Prisma.sql`(SELECT * FROM "NameWord" WHERE "id" <= ${newest})`,
    neighbours: (word) => Prisma.sql`"nameNeighbours"(${word}, ${newest})`,
  }
}

interface AskedName extends Asked {
  sound: string
  horizon: bigint
}

// Two letters say nothing about how a name goes on to sound.
const shortestSound = 3

/** Names are looked up while they are typed: any first letters will do. */
const nameReadings = (asked: AskedName, index: number): NameReading[] => [
  { index, word: asked.word, prefix: true, spelt: true, weight: 0.8 },
  ...readingsOf(asked, index)
    .filter(({ prefix }) => !prefix)
    .map((reading) => ({ ...reading, spelt: true })),
  { index, word: asked.sound, prefix: false, spelt: false, weight: 0.7 },
  ...([...asked.sound].length >= shortestSound
    ? [{ index, word: asked.sound, prefix: true, spelt: false, weight: 0.5 }]
    : []),
]

/**
 * One statement for all words. What a mistyped word may mean depends on the words that are known: the pages of one walk
 * share a horizon, so that a newcomer's name does not change what the next page is a page of.
 */
export const readNames = async (database: Database, text: string, horizon: number | null): Promise<NameSearch> => {
  const words = await database.$queryRaw<AskedName[]>`
    SELECT "known".*, "nameSound"("word") AS "sound",
      (SELECT coalesce(max("id"), 0) FROM "NameWord") AS "horizon"
    FROM (${askAbout(namesUntil(horizon), text, mostWords)}) AS "known" ORDER BY "position"`
  return { text, readings: words.flatMap(nameReadings), horizon: horizon ?? Number(words[0]?.horizon ?? 0) }
}

const byWord = (readings: readonly NameReading[]): NameReading[][] => [
  ...Map.groupBy(readings, ({ index }) => index).values(),
]

/** Every word in one of these readings. Words are letters and digits only. */
const matches = (readings: readonly NameReading[]): Prisma.Sql => {
  const choice = ({ word, prefix, spelt }: NameReading) => `'${word}':${prefix ? '*' : ''}${spelt ? 'AC' : 'B'}`
  if (readings.length === 0) return Prisma.sql`false`
  const query = byWord(readings)
    .map((choices) => `(${choices.map(choice).join(' | ')})`)
    .join(' & ')
  return Prisma.sql`"searchVector" @@ ${query}::tsquery`
}

/** From the best to the least: a condition for each way in which somebody may be meant. */
const tiersOf = ({ text, readings }: NameSearch): [Prisma.Sql, ...Prisma.Sql[]] => {
  const key = Prisma.sql`lower("externalId") COLLATE "C"`
  const asked = Prisma.sql`lower(${text}::text) COLLATE "C"`
  const spelt = readings.filter(({ spelt, weight }) => spelt && weight >= 0.8)
  return [
    Prisma.sql`(lower("name") COLLATE "C" = ${asked} OR ${key} = ${asked})`,
    matches(spelt.filter(({ prefix }) => !prefix)),
    Prisma.sql`(${matches(spelt)} OR (${key} > ${asked} AND ${key} < ${asked} || chr(1114111)))`,
    matches(readings),
  ]
}

/**
 * At most 1,000 users, as `"candidate"`: the best tiers first, and in each those who appeared first, so that newcomers push
 * nobody out of a list that is being walked.
 */
export const candidates = (search: NameSearch): Prisma.Sql => {
  const tiers = tiersOf(search)
  const branches = tiers.map((condition, tier) => {
    // Not as `NOT`: the planner would turn that around and look up all others.
    const better = tiers.slice(0, tier).map((earlier) => Prisma.sql`AND (${earlier}) IS NOT TRUE`)
    return Prisma.sql`(
      SELECT "id", "name", "searchVector", ${tier}::int AS "tier" FROM "User"
      WHERE ${condition} ${better.length > 0 ? Prisma.join(better, ' ') : Prisma.empty}
      ORDER BY "id" LIMIT ${mostCandidates})`
  })
  return Prisma.sql`"candidate" AS MATERIALIZED (${Prisma.join(branches, ' UNION ALL ')} LIMIT ${mostCandidates})`
}

/** How well one word was met: by its best reading. */
const nearness = (readings: readonly NameReading[]): Prisma.Sql => {
  const levels = [...Map.groupBy(readings, ({ weight }) => weight)].toSorted(([a], [b]) => b - a)
  const cases = levels.map(([weight, level]) => Prisma.sql`WHEN ${matches(level)} THEN ${weight}::float8`)
  return Prisma.sql`CASE ${Prisma.join(cases, ' ')} ELSE 0 END`
}

/**
 * The candidates, as `"ranked"`, with their distance from what was asked for: by tier, then by how well each word was met,
 * then short names before long ones. It depends on the user and the text alone, so that a page's cursor stays true while
 * others come.
 */
export const rankedNames = (search: NameSearch): Prisma.Sql => {
  const words = byWord(search.readings)
  const met = words.length > 0 ? Prisma.join(words.map(nearness), ' + ') : Prisma.sql`0`
  const count = Prisma.sql`greatest(1, ${words.length}::float8)`
  return Prisma.sql`${candidates(search)},
    "ranked" AS (
      SELECT "id", "name", ("tier" * 1000 + round(1000 * (
        1
        - 0.2 * least(1, ${count} / greatest(1, length(ts_filter("searchVector", '{a}'))))
        - 0.8 * CASE WHEN "tier" < 2 THEN 1 ELSE (${met}) / ${count} END
      )))::int AS "distance"
      FROM "candidate"
    )`
}
