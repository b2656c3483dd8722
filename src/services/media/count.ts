import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { TotalCount } from '../kernel/paging.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database } from '../kernel/ports.ts'
import { allConditions, type ResolvedFilter } from './filter.ts'

interface CountLimits {
  /** Up to this number a count is exact if rows are fetched from the table. */
  fetched: number
  /** Up to this number a count is exact if an index suffices. */
  covered: number
  /** Number of media that an estimate looks at, in whole blocks of the table. 10,000 take about 15 ms. */
  sampled: number
}
const countLimits: CountLimits = { fetched: 10_000, covered: 100_000, sampled: 10_000 }
/** An estimate of so many times the limit needs no proof that the limit is exceeded: no estimate is that wrong. */
const certainFactor = 3

/**
 * Counts the media of a list: from the tally tables if they can answer, else exactly up to a limit, else an estimate. An
 * estimate depends on the plan, so the filter must not be resolved for RELEVANCE: the count is the same for every order.
 */
export const countMedia = async (
  database: Database,
  filter: ResolvedFilter,
  limits = countLimits,
): Promise<TotalCount> => {
  const { total } = filter.plan
  if (total === null) return countOrEstimate(database, filter, limits)
  const [row] = await database.$queryRaw<[{ count: bigint }]>(total)
  return { count: Number(row.count), isEstimate: false }
}

const countOrEstimate = async (
  database: Database,
  { where, plan }: ResolvedFilter,
  { fetched, covered, sampled }: CountLimits,
): Promise<TotalCount> => {
  const limit = where.search.length + where.fetched.length > 0 ? fetched : covered
  const [row] = await database.$queryRaw<[{ exact: bigint | null; estimate: bigint }]>(
    estimateSql(plan, allConditions(where), limit, sampled),
  )
  return row.exact !== null && row.exact <= limit
    ? { count: Number(row.exact), isEstimate: false }
    : { count: Math.max(limit + 1, Number(row.estimate)), isEstimate: true }
}

/**
 * Counts up to the limit, and estimates by the share of a sample of those media that a tally counts. The sample is the same
 * every time, so that a list keeps its count while nothing changes. Whichever is likely to suffice comes first: the part
 * "exact" runs only where it is read, and the sample is empty where it is not needed.
 */
const estimateSql = (
  { lookup, count }: ResolvedFilter['plan'],
  conditions: Prisma.Sql,
  limit: number,
  sampled: number,
): Prisma.Sql => {
  const isCertain = lookup ? Prisma.sql`false` : Prisma.sql`"estimate" > ${certainFactor * limit}`
  return Prisma.sql`${withoutPreparedPlan}
    WITH "exact" AS MATERIALIZED (
      SELECT count(*) FROM (SELECT FROM "Media" WHERE ${conditions} LIMIT ${limit + 1}) AS "some"
    ), "bound" AS MATERIALIZED (${count.tallied}),
    "sample" AS MATERIALIZED (
      SELECT count(*) AS "size", count(*) FILTER (WHERE ${count.otherConditions}) AS "matches"
      FROM "Media" TABLESAMPLE SYSTEM ((
        SELECT least(100, 100.0 * ${sampled}::int / greatest(1, "reltuples")) FROM pg_class WHERE "oid" = '"Media"'::regclass
      )) REPEATABLE (1)
      WHERE ${count.talliedConditions} AND (SELECT "count" FROM ${Prisma.raw(lookup ? '"exact"' : '"bound"')}) > ${limit}
    ), "guess" AS MATERIALIZED (
      SELECT round("count" * "matches"::numeric / greatest(1, "size"))::bigint AS "estimate" FROM "bound", "sample"
    )
    SELECT "estimate", CASE WHEN ${isCertain} THEN NULL ELSE (SELECT "count" FROM "exact") END AS "exact" FROM "guess"`
}
