import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { talliedRows } from '../media/tally.ts'

const { join, raw, sql } = Prisma

/** Most values that a facet lists. */
export const maxValues = 100

/** Columns by which rows are grouped; a day is a column of "facts". */
const groups = {
  state: ['kind', 'status'],
  folder: ['folderId'],
  uploader: ['uploadedById'],
  day: ['day'],
}
type Group = keyof typeof groups

/** Facets that count the values of a column: the groups that they add up, and the value of a group. The total has one value. */
const columnFacets = {
  totalCount: { group: 'state', value: `'all'` },
  kinds: { group: 'state', value: '"kind"::text' },
  statuses: { group: 'state', value: '"status"::text' },
  folders: { group: 'folder', value: '"folderId"::text' },
  uploaders: { group: 'uploader', value: '"uploadedById"::text' },
  // By day first: that takes half of the time, and few rows are left.
  months: { group: 'day', value: `date_trunc('month', "day" AT TIME ZONE 'UTC')::text` },
} satisfies Record<string, { group: Group; value: string }>
export type ColumnFacet = keyof typeof columnFacets

/** Facets whose columns the tally of media has. */
const talliedFacets: readonly string[] = ['totalCount', 'kinds', 'statuses'] satisfies ColumnFacet[]

export const isColumnFacet = (name: string): name is ColumnFacet => name in columnFacets
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

const listOf = (columns: readonly string[]): Prisma.Sql => raw(columns.map((column) => `"${column}"`).join(', '))

/** Counts all facets by one statement, which scans the rows once. Media without an uploader are in no entry. */
const countsSql = (facets: readonly ColumnFacet[], rows: Prisma.Sql, count: Prisma.Sql): Prisma.Sql => {
  const used = [...new Set(facets.map((facet) => columnFacets[facet].group))]
  const columns = used.flatMap((group) => groups[group])
  const parts = facets.map((facet) => {
    const { group, value } = columnFacets[facet]
    return sql`
      SELECT ${facet} AS "facet", "key", "count"::int AS "count", row_number() OVER (ORDER BY ${orderOf(facet)}) AS "place"
      FROM (SELECT ${raw(value)} AS "key", sum("count") AS "count" FROM "grouped" WHERE ${raw(`"is_${group}"`)} GROUP BY 1) AS "values"
      WHERE "count" > 0 ${facet === 'uploaders' ? sql`AND "key" IS NOT NULL` : Prisma.empty}`
  })
  return sql`${withoutPreparedPlan}
    WITH "grouped" AS MATERIALIZED (
      SELECT ${listOf(columns)}, ${join(used.map((group) => sql`GROUPING(${listOf(groups[group])}) = 0 AS ${raw(`"is_${group}"`)}`))},
        ${count} AS "count"
      FROM (${rows}) AS "facts" GROUP BY GROUPING SETS (${join(used.map((group) => sql`(${listOf(groups[group])})`))})
    )
    SELECT "facet", "key", "count" FROM (${join(parts, ' UNION ALL ')}) AS "counted"
    WHERE "place" <= ${maxValues}::int ORDER BY "facet", "place"`
}

/** Counts in "Media". */
export const scannedCounts = (facets: readonly ColumnFacet[], conditions: Prisma.Sql): Prisma.Sql => {
  // "Media_days" tells the planner how many days there are.
  const day = sql`date_bin('1 day', "uploadedAt", '2000-01-01T00:00:00Z') AS "day"`
  const facts = sql`SELECT "kind", "status", "folderId", "uploadedById", ${day} FROM "Media" WHERE ${conditions}`
  return countsSql(facets, facts, sql`count(*)`)
}

/** Counts in "MediaTally"; the conditions are over its columns. */
export const talliedCounts = (facets: readonly ColumnFacet[], conditions: Prisma.Sql): Prisma.Sql =>
  countsSql(facets, talliedRows(conditions), sql`sum("count")`)
