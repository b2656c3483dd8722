import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseInput } from '../kernel/input.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { enforce, mayReadAssignmentsOf } from '../kernel/policies.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { tagKeysOf } from '../kernel/tagKeys.ts'
import { findConflicts } from './filterConflicts.ts'
import { type FilterField, filterFields, hasRendition, planClasses } from './filterFields.ts'
import { findRareWord } from './rarity.ts'
import { readTalliedKinds, renditionsSql } from './renditions.ts'
import { rareWordCondition, resolveSearch, type Search, searchCondition, searchRecheck } from './search.ts'
import { type Section, type SectionLimits, sectionLimits, sectionOf } from './section.ts'
import type { MediaSort } from './sortKeys.ts'
import { mediaTally, tagTally } from './tally.ts'

type Fields = typeof filterFields

const fieldNames = Object.keys(filterFields) as (keyof Fields)[] // the table's own keys
const shapes = Object.fromEntries(fieldNames.map((name) => [name, filterFields[name].shape]))
const filterShape = z
  .object(shapes as { [Name in keyof Fields]: Fields[Name]['shape'] }) // fromEntries loses the pairs
  .superRefine((filter, context) => {
    for (const conflict of findConflicts(filter)) context.addIssue({ code: 'custom', ...conflict })
  })

export type MediaFilter = z.input<typeof filterShape>
export type ParsedFilter = z.output<typeof filterShape> & { trashed: boolean }

/** Conditions over the columns of "Media", by where they are checked. */
export type WhereClause = { [Part in keyof typeof planClasses]: Prisma.Sql[] }

interface PlanChoice {
  /** Few media match: they are looked up and sorted. Otherwise the index of the order is scanned first. */
  lookup: boolean
  /** Many renditions have the status: the first media with the covered conditions are checked before all of them. */
  checksFirst: boolean
  /** The media are in the trash: only there, `deletedAt` and `purgeAt` have values. */
  trashed: boolean
  /** The covered conditions, checked row by row. */
  coveredChecks: Prisma.Sql[]
  /** Covered conditions that are a range of the key of an order. */
  rangesOf(by: MediaSort): Prisma.Sql[]
  /** The resolved search; null without one. */
  search: Search | null
  /** For RELEVANCE: too many media match to look all of them up. Those in the section are ranked; null if all are. */
  section: Section | null
  /** Statement that counts in the tally tables; null if they cannot answer the filter. */
  total: Prisma.Sql | null
  count: CountPlan
}

/** How media are counted that the tally tables cannot count. */
interface CountPlan {
  /** Statement that counts the media of the tallied conditions: at least as many as the filter selects. */
  tallied: Prisma.Sql
  talliedConditions: Prisma.Sql
  /** The other conditions, to be checked on some of those media. */
  otherConditions: Prisma.Sql
}

export interface ResolvedFilter {
  where: WhereClause
  plan: PlanChoice
}

export const allOf = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? Prisma.sql`true` : Prisma.join([...conditions], ' AND ')

export const allConditions = ({ trash, search, fetched, covered }: WhereClause): Prisma.Sql =>
  allOf([...trash, ...search, ...fetched, ...covered])

/** Parses a filter; `path` is its place in the call, for refusals. */
export const parseFilter = (raw: MediaFilter | null | undefined, path = 'filter'): ParsedFilter => {
  // Creating a shape takes longer than parsing an empty filter.
  const filter = raw == null ? undefined : parseInput(z.object({ [path]: filterShape }), { [path]: raw })[path]
  return { ...filter, trashed: filter?.trashed ?? false }
}

/** Parses the filter of a caller, and refuses fields that show more than the caller may see. */
export const parseCallersFilter = (actor: Actor, raw: MediaFilter | null | undefined, path?: string): ParsedFilter => {
  const filter = parseFilter(raw, path)
  if (filter.assignedToId != null) enforce(mayReadAssignmentsOf(actor, filter.assignedToId))
  return filter
}

const tallySqlOf = ({ tally, where }: FilterField, value: unknown): Prisma.Sql | null => {
  if (tally === 'sameColumn') return where(value)
  return typeof tally === 'function' ? tally(value) : null
}

/** The fields that have a value, with their rows of the table. */
const givenFields = (filter: ParsedFilter) =>
  fieldNames.flatMap((name) => {
    const value: unknown = filter[name]
    if (value == null) return []
    const row = filterFields[name] as FilterField // TypeScript does not see that value and row belong to the same field
    const plan = typeof row.plan === 'string' ? row.plan : row.plan(value)
    return [{ ...row, value, plan, sql: row.where(value), tallySql: tallySqlOf(row, value) }]
  })
type GivenFields = ReturnType<typeof givenFields>

const totalOf = (given: GivenFields, { trashed }: ParsedFilter): Prisma.Sql | null => {
  const tag = given.find(({ tally }) => tally === 'oneTag')
  if (tag !== undefined) {
    const [key, ...otherKeys] = new Set(tagKeysOf(tag.value as string[])) // only lists of tags have this tally
    // "TagTally" counts media outside the trash by one tag alone: the second field is `trashed`.
    return key !== undefined && otherKeys.length === 0 && given.length === 2 && !trashed ? tagTally(key) : null
  }
  return given.every(({ tallySql }) => tallySql !== null) ? talliedOf(given) : null
}

const talliedOf = (given: GivenFields): Prisma.Sql => mediaTally(allOf(given.flatMap(({ tallySql }) => tallySql ?? [])))

const countPlanOf = (given: GivenFields, search: Search | null): CountPlan => {
  const [tallied, others] = [true, false].map((isTallied) =>
    given.filter(({ tallySql, plan }) => (tallySql !== null) === isTallied && plan !== 'search'),
  )
  return {
    tallied: talliedOf(given),
    talliedConditions: allOf(tallied?.map(({ sql }) => sql) ?? []),
    otherConditions: allOf([
      ...(others?.map(({ value, check }) => check(value)) ?? []),
      ...(search === null ? [] : [searchRecheck(search)]),
    ]),
  }
}

interface PlanLimits {
  /**
   * A word may occur in a fifth of all media: up to this number, checking every media is faster than finding all matches; up to
   * twice this number for a ranked search, which needs all matches.
   */
  rechecked: number
  /** Up to this number, checking the renditions of every media is as fast as sorting the media first. */
  sorted: number
  /** Up to this number of renditions, their media are looked up, whatever the order. */
  renditions: number
  /** Up to this number of media with the rarest word of a search, they are looked up and checked for the others. */
  rare: number
}
const planLimits: PlanLimits = { rechecked: 5000, sorted: 20_000, renditions: 50_000, rare: 3000 }

interface Limits extends PlanLimits, SectionLimits {}
const defaultLimits: Limits = { ...planLimits, ...sectionLimits }

/** Counts mostly in an index only, and stops beyond the limit. */
const countUpTo = async (database: Database | Transaction, limit: number, rows: Prisma.Sql): Promise<number> => {
  const [row] = await database.$queryRaw<{ count: bigint }[]>`${withoutPreparedPlan}
    SELECT count(*) FROM (SELECT FROM ${rows} LIMIT ${limit + 1}) AS "some"`
  return Number(row?.count ?? 0)
}

const isCostly = ({ plan }: GivenFields[number]): boolean => plan === 'search' || plan === 'renditions'

/** Number of media that the other conditions leave for the costly ones to check; infinite if none is costly or there are no others. */
const countChecked = async (database: Database | Transaction, given: GivenFields, limit: number): Promise<number> => {
  const leading = given.filter((field) => !isCostly(field) && field.plan !== 'fetched')
  // One of them is `trashed`.
  if (leading.length === 1 || !given.some(isCostly)) return Number.POSITIVE_INFINITY
  return countUpTo(database, limit, Prisma.sql`"Media" WHERE ${allOf(leading.map(({ sql }) => sql))}`)
}

/** Share of the limit up to which renditions of some kinds are looked up, even if those of all kinds are more than the limit. */
const kindsShare = 0.2

/**
 * The renditions with the statuses of the filter, and whether they are few. Most are READY, but no document has any: so
 * those of the kinds that the other fields leave are counted first. A rendition has the kind of its version, and so of the
 * media whose current version it is.
 */
const findRenditions = async (
  database: Database | Transaction,
  given: GivenFields,
  statuses: readonly RenditionStatus[],
  limit: number,
) => {
  const tallied = given.flatMap(({ tallySql }) => tallySql ?? [])
  // One of them is `trashed`.
  if (tallied.length > 1) {
    const sql = renditionsSql(statuses, await readTalliedKinds(database, allOf(tallied)))
    const kindsLimit = Math.floor(limit * kindsShare)
    if ((await countUpTo(database, kindsLimit, sql)) <= kindsLimit) return { sql, areFew: true }
  }
  const sql = renditionsSql(statuses, null)
  return { sql, areFew: (await countUpTo(database, limit, sql)) <= limit }
}

const searchSqlOf = (search: Search, fewMedia: boolean, rareWord: number | null): Prisma.Sql => {
  if (fewMedia) return searchRecheck(search)
  return rareWord === null ? searchCondition(search) : rareWordCondition(search, rareWord)
}

/** The section for a search that is ranked, if it may have many matches. */
const findSection = (database: Database | Transaction, given: GivenFields, search: Search, limits: SectionLimits) => {
  const isInIndex = ({ plan }: GivenFields[number]) => plan === 'live' || plan === 'trash' || plan === 'UPLOADED_AT'
  const others = given.filter((field) => !isInIndex(field) && field.plan !== 'search')
  const inIndex = allOf(given.filter(isInIndex).map(({ sql }) => sql))
  const otherConditions = allOf(others.map(({ value, check }) => check(value)))
  return sectionOf(database, { search, inIndex, otherConditions }, limits)
}

/**
 * Runs one statement for a search, one if other fields may leave few media for the costly conditions to check, up to three
 * for the statuses of renditions, and up to two to plan a search, unless only its conditions are needed: then `isRanked` is null.
 */
export const resolveFilter = async (
  database: Database | Transaction,
  filter: ParsedFilter,
  isRanked: boolean | null = null,
  givenLimits: Partial<Limits> = {},
  /** The search of the filter, if it was resolved before. */
  knownSearch: Search | null = null,
): Promise<ResolvedFilter> => {
  const limits = { ...defaultLimits, ...givenLimits }
  const given = givenFields(filter)
  const classOf = (plans: readonly string[]) => given.filter(({ plan }) => plans.includes(plan))
  const ofClass = (plans: readonly string[]) => classOf(plans).map(({ sql }) => sql)
  const search = filter.search ? (knownSearch ?? (await resolveSearch(database, filter.search))) : null
  const checked = await countChecked(database, given, limits.sorted)
  const few = checked <= limits.rechecked * (isRanked === true ? 2 : 1)
  const isPlanned = search !== null && search.query !== '' && !few && isRanked !== null
  const rareWord = isPlanned ? await findRareWord(database, search, limits.rare) : null
  const isSectioned = isPlanned && isRanked && rareWord === null
  const { renditionStatuses: statuses } = filter
  const renditions = statuses == null || few ? null : await findRenditions(database, given, statuses, limits.renditions)
  const checksRenditions = renditions?.areFew === false
  return {
    where: {
      trash: ofClass(planClasses.trash),
      search: search === null ? [] : [searchSqlOf(search, few, rareWord)],
      covered: ofClass(planClasses.covered),
      fetched: classOf(planClasses.fetched).map(({ plan, value, sql, check }) => {
        if (few || checksRenditions) return check(value)
        return plan === 'renditions' && renditions !== null ? hasRendition(renditions.sql) : sql
      }),
    },
    plan: {
      lookup: ofClass(['trash', 'lookup']).length > 0 || few || rareWord !== null || renditions?.areFew === true,
      checksFirst: checksRenditions && checked > limits.sorted,
      trashed: filter.trashed,
      coveredChecks: classOf(planClasses.covered).map(({ value, check }) => check(value)),
      rangesOf: (by) => ofClass([by]),
      search,
      section: isSectioned ? await findSection(database, given, search, limits) : null,
      total: totalOf(given, filter),
      count: countPlanOf(given, search),
    },
  }
}

/** Conditions over the columns of "MediaTally"; null if it cannot answer the filter. */
export const tallyConditions = (filter: ParsedFilter): Prisma.Sql | null => {
  const given = givenFields(filter)
  return given.every(({ tallySql }) => tallySql !== null)
    ? allOf(given.flatMap(({ tallySql }) => tallySql ?? []))
    : null
}

/** Condition for other statements than the list: `SELECT … FROM "Media" WHERE ${conditions}`. */
export const filterConditions = async (database: Database | Transaction, filter: ParsedFilter): Promise<Prisma.Sql> =>
  allConditions((await resolveFilter(database, filter)).where)

/**
 * Whether a filter selects the whole library or the whole trash, whichever fields it names. An empty list counts as not
 * given, even where no media would match it: a caller who sends one has not chosen anything.
 */
export const isEmptyFilter = (filter: ParsedFilter, now: Date): boolean =>
  givenFields(filter).every(
    ({ value, excludes }) => (Array.isArray(value) && value.length === 0) || !excludes(value, now),
  )
