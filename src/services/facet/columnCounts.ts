import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { talliedRows } from '../media/tally.ts'

const { join, raw, sql } = Prisma

/** Most values that a facet lists. */
export const maxValues = 100

/** Groups rows of "facts" by the text of a value. */
const groupedBy = (value: string) => (count: Prisma.Sql) =>
  sql`SELECT ${raw(value)}::text AS "key", ${count} AS "count" FROM "facts" GROUP BY ${raw(value)}`

/** Groups by day first: that takes half of the time of grouping by month, and few rows are left. */
const groupedByMonth = (count: Prisma.Sql) => sql`
  SELECT date_trunc('month', "day" AT TIME ZONE 'UTC')::text AS "key", sum("ofDay") AS "count" FROM (
    SELECT date_bin('1 day', "uploadedAt", '2000-01-01T00:00:00Z') AS "day", ${count} AS "ofDay" FROM "facts" GROUP BY 1
  ) AS "days" GROUP BY 1`

/** Facets that count the values of a column: how rows are grouped. The total is the count of the only value. */
const groupings = {
  totalCount: (count: Prisma.Sql) => sql`SELECT 'all' AS "key", ${count} AS "count" FROM "facts"`,
  kinds: groupedBy('"kind"'),
  statuses: groupedBy('"status"'),
  folders: groupedBy('"folderId"'),
  uploaders: groupedBy('"uploadedById"'),
  months: groupedByMonth,
}
export type ColumnFacet = keyof typeof groupings

/** Facets whose columns the tally of media has. */
const talliedFacets: readonly string[] = ['totalCount', 'kinds', 'statuses'] satisfies ColumnFacet[]

export const isColumnFacet = (name: string): name is ColumnFacet => name in groupings
export const isTallied = (name: string): boolean => talliedFacets.includes(name)

export interface ColumnCount {
  facet: ColumnFacet
  /** Value of the column; the folder of media at the root is null. */
  key: string | null
  count: number
}

/** Order of the values: the newest months, else the most frequent values, equally frequent ones by their keys. */
const orderOf = (facet: ColumnFacet): Prisma.Sql =>
  facet === 'months' ? sql`"key" DESC` : sql`"count" DESC, "key" COLLATE "C" NULLS FIRST`

/** Counts all facets by one statement. Media without an uploader are in no entry. */
const countsSql = (facets: readonly ColumnFacet[], facts: Prisma.Sql, count: Prisma.Sql): Prisma.Sql => {
  const parts = facets.map(
    (facet) => sql`
      SELECT ${facet} AS "facet", "key", "count"::int AS "count", row_number() OVER (ORDER BY ${orderOf(facet)}) AS "place"
      FROM (${groupings[facet](count)}) AS "grouped"
      WHERE "count" > 0 ${facet === 'uploaders' ? sql`AND "key" IS NOT NULL` : Prisma.empty}`,
  )
  return sql`${withoutPreparedPlan}
    WITH "facts" AS ${facts}
    SELECT "facet", "key", "count" FROM (${join(parts, ' UNION ALL ')}) AS "counted"
    WHERE "place" <= ${maxValues}::int ORDER BY "facet", "place"`
}

/**
 * Counts in "Media". If an index answers the conditions, each facet scans the index that suits it; otherwise the matches
 * are looked up once for all facets.
 */
export const scannedCounts = (
  facets: readonly ColumnFacet[],
  conditions: Prisma.Sql,
  isCovered: boolean,
): Prisma.Sql => {
  const scan = facets.length === 1 || isCovered ? raw('NOT MATERIALIZED') : raw('MATERIALIZED')
  const columns = sql`"kind", "status", "folderId", "uploadedById", "uploadedAt"`
  return countsSql(facets, sql`${scan} (SELECT ${columns} FROM "Media" WHERE ${conditions})`, sql`count(*)`)
}

/** Counts in "MediaTally"; the conditions are over its columns. */
export const talliedCounts = (facets: readonly ColumnFacet[], conditions: Prisma.Sql): Prisma.Sql =>
  countsSql(facets, sql`(${talliedRows(conditions)})`, sql`sum("count")`)
