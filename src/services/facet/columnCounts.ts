import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { talliedRows } from '../media/tally.ts'

const { join, raw, sql } = Prisma

/** Most values that a facet lists. */
export const maxValues = 100

/** Facets that count the values of a column, by its SQL. The total is the count of a column that has one value. */
const columns = {
  totalCount: sql`true`,
  kinds: sql`"kind"`,
  statuses: sql`"status"`,
  folders: sql`"folderId"`,
  uploaders: sql`"uploadedById"`,
  months: sql`date_trunc('month', "uploadedAt" AT TIME ZONE 'UTC')`,
} as const
export type ColumnFacet = keyof typeof columns

/** Facets whose columns the tally of media has. */
const talliedFacets: readonly string[] = ['totalCount', 'kinds', 'statuses'] satisfies ColumnFacet[]

export const isColumnFacet = (name: string): name is ColumnFacet => name in columns
export const isTallied = (name: string): boolean => talliedFacets.includes(name)

export interface ColumnCount {
  facet: ColumnFacet
  /** Value of the column; the folder of media at the root is null. */
  key: string | null
  count: number
}

/**
 * Counts all facets in one scan. Each lists at most 100 values: the newest months, else the most frequent values, equally
 * frequent ones in the order of their keys. Media without an uploader are in no entry.
 */
const countsSql = (facets: readonly ColumnFacet[], rows: Prisma.Sql, count: Prisma.Sql): Prisma.Sql => {
  const name = (facet: ColumnFacet) => raw(`"${facet}"`)
  return sql`${withoutPreparedPlan}
    SELECT "facet", "key", "count" FROM (
      SELECT *, row_number() OVER (
        PARTITION BY "facet"
        ORDER BY CASE "facet" WHEN 'months' THEN "key" COLLATE "C" END DESC, "count" DESC, "key" COLLATE "C" NULLS FIRST
      ) AS "place"
      FROM (
        SELECT CASE ${join(
          facets.map((facet) => sql`WHEN GROUPING(${name(facet)}) = 0 THEN ${facet}`),
          ' ',
        )} END AS "facet",
          coalesce(${join(facets.map((facet) => sql`${name(facet)}::text`))}) AS "key",
          ${count}::int AS "count"
        FROM (SELECT *, ${join(facets.map((facet) => sql`${columns[facet]} AS ${name(facet)}`))} FROM ${rows}) AS "facts"
        GROUP BY GROUPING SETS (${join(facets.map((facet) => sql`(${name(facet)})`))})
      ) AS "counted"
      WHERE "count" > 0 AND ("key" IS NOT NULL OR "facet" = 'folders')
    ) AS "ranked"
    WHERE "place" <= ${maxValues}::int ORDER BY "facet", "place"`
}

/** Counts in "Media". */
export const scannedCounts = (facets: readonly ColumnFacet[], conditions: Prisma.Sql): Prisma.Sql =>
  countsSql(facets, sql`"Media" WHERE ${conditions}`, sql`count(*)`)

/** Counts in "MediaTally"; the conditions are over its columns. */
export const talliedCounts = (facets: readonly ColumnFacet[], conditions: Prisma.Sql): Prisma.Sql =>
  countsSql(facets, sql`(${talliedRows(conditions)}) AS "tallied"`, sql`sum("count")`)
