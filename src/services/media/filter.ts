import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { parseInput } from '../kernel/input.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { tagKeysOf } from '../kernel/tagKeys.ts'
import { type FilterField, filterFields, planClasses } from './filterFields.ts'
import { resolveSearch, type Search, searchCondition, searchRecheck } from './search.ts'
import type { MediaSort } from './sortKeys.ts'
import { mediaTally, tagTally } from './tally.ts'

type Fields = typeof filterFields

const fieldNames = Object.keys(filterFields) as (keyof Fields)[] // the table's own keys
const shapes = Object.fromEntries(fieldNames.map((name) => [name, filterFields[name].shape]))
const filterShape = z.object(shapes as { [Name in keyof Fields]: Fields[Name]['shape'] }) // fromEntries loses the pairs

export type MediaFilter = z.input<typeof filterShape>
export type ParsedFilter = z.output<typeof filterShape> & { trashed: boolean }

/** Conditions over the columns of "Media", by where they are checked. */
export type WhereClause = { [Part in keyof typeof planClasses]: Prisma.Sql[] }

interface PlanChoice {
  /** Few media match: they are looked up and sorted. Otherwise the index of the order is scanned first. */
  lookup: boolean
  /** Covered conditions that are a range of the key of an order. */
  rangesOf(by: MediaSort): Prisma.Sql[]
  /** The search for RELEVANCE. */
  search: Search | null
  /** Statement that counts in the tally tables; null if they cannot answer the filter. */
  total: Prisma.Sql | null
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

/** The fields that have a value, with their rows of the table. */
const givenFields = (filter: ParsedFilter) =>
  fieldNames.flatMap((name) => {
    const value: unknown = filter[name]
    if (value == null) return []
    const row = filterFields[name] as FilterField // TypeScript does not see that value and row belong to the same field
    const plan = typeof row.plan === 'string' ? row.plan : row.plan(value)
    return [{ ...row, value, plan, sql: row.where(value) }]
  })
type GivenFields = ReturnType<typeof givenFields>

const totalOf = (given: GivenFields, { trashed }: ParsedFilter): Prisma.Sql | null => {
  const tag = given.find(({ tally }) => tally === 'oneTag')
  if (tag !== undefined) {
    const [key, ...otherKeys] = new Set(tagKeysOf(tag.value as string[])) // only lists of tags have this tally
    // "TagTally" counts media outside the trash by one tag alone: the second field is `trashed`.
    return key !== undefined && otherKeys.length === 0 && given.length === 2 && !trashed ? tagTally(key) : null
  }
  const conditions = given.flatMap(({ value, tally, sql }) => {
    if (tally === 'sameColumn') return sql
    return typeof tally === 'function' ? tally(value) : []
  })
  return conditions.length === given.length ? mediaTally(allOf(conditions)) : null
}

/** A word may occur in a fifth of all media: up to this number, checking every row is faster than finding all matches. */
const maxRecheckedMedia = 5000

/** Counts in an index only, and stops at the limit. */
const areFew = async (database: Database | Transaction, conditions: Prisma.Sql): Promise<boolean> => {
  const [row] = await database.$queryRaw<{ few: boolean }[]>`${withoutPreparedPlan}
    SELECT count(*) <= ${maxRecheckedMedia} AS "few" FROM (SELECT FROM "Media" WHERE ${conditions} LIMIT ${maxRecheckedMedia + 1}) AS "some"`
  return row?.few ?? false
}

/** Runs no statement without a search, one with a search, and two with a search and covered fields. */
export const resolveFilter = async (
  database: Database | Transaction,
  filter: ParsedFilter,
): Promise<ResolvedFilter> => {
  const given = givenFields(filter)
  const ofClass = (plans: readonly string[]) => given.filter(({ plan }) => plans.includes(plan)).map(({ sql }) => sql)
  const [trash, covered] = [ofClass(planClasses.trash), ofClass(planClasses.covered)]
  const search = filter.search ? await resolveSearch(database, filter.search) : null
  const recheck = search !== null && covered.length > 0 && (await areFew(database, allOf([...trash, ...covered])))
  return {
    where: {
      trash,
      search: search === null ? [] : [recheck ? searchRecheck(search) : searchCondition(search)],
      covered,
      fetched: ofClass(planClasses.fetched),
    },
    plan: {
      lookup: ofClass(['trash', 'lookup']).length > 0,
      rangesOf: (by) => ofClass([by]),
      search,
      total: totalOf(given, filter),
    },
  }
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
