import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { ItemRefusal, ItemState } from './bulkAction.ts'
import { type Selection, selectionSql } from './selection.ts'

/** Maximum number of media in a sample. */
export const sampleSize = 5

/** Items that are equal in all columns by which they may be refused. */
export type ItemGroup = ItemState & { isMissing: boolean; count: number; bytes: bigint; sampleIds: string[] }

/** A selection without items has one row, with a count of null. */
type GroupRow = { matches: number } & (ItemGroup | { count: null })

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** Reads the groups with one statement, however many items there are. */
export const readGroups = async (transaction: Transaction, selection: Selection) => {
  const rows = await transaction.$queryRaw<GroupRow[]>`${withoutPreparedPlan}
    WITH ${await selectionSql(transaction, selection)}, "groups" AS (
      SELECT "Media"."id" IS NULL AS "isMissing", "uploadedById"::text, "usageCount", "assignmentCount",
        min("deletedAt") AS "deletedAt", count(*)::int AS "count", coalesce(sum("sizeBytes"), 0)::bigint AS "bytes",
        (array_agg("Media"."id" ORDER BY "Media"."id"))[1:${sampleSize}::int]::text[] AS "sampleIds"
      FROM "items" LEFT JOIN "Media" ON "Media"."id" = "items"."mediaId"
      GROUP BY 1, "uploadedById", "usageCount", "assignmentCount", "deletedAt" IS NULL
    )
    SELECT "all"."matches", "groups".*
    FROM (SELECT count(*)::int AS "matches" FROM "matches") AS "all" LEFT JOIN "groups" ON true`
  return {
    matches: rows[0]?.matches ?? 0,
    groups: rows.filter((row) => row.count !== null),
  }
}

const sampleOf = (groups: readonly ItemGroup[]): string[] =>
  groups
    .filter(({ isMissing }) => !isMissing)
    .flatMap(({ sampleIds }) => sampleIds)
    .toSorted()
    .slice(0, sampleSize)

/** Counts refused media by reason, largest group first. */
export const countRefusals = (refused: readonly { group: ItemGroup; refusal: ItemRefusal }[]) => {
  const byReason = Map.groupBy(refused, ({ refusal: { code, message, groupMessage } }) =>
    JSON.stringify([code, groupMessage ?? message]),
  )
  return [...byReason.values()]
    .flatMap((members) => {
      const [first] = members
      if (first === undefined) return []
      const { code, message, groupMessage } = first.refusal
      const groups = members.map(({ group }) => group)
      const count = sum(groups.map((group) => group.count))
      return [{ code, message: groupMessage ?? message, count, sampleIds: sampleOf(groups) }]
    })
    .toSorted((one, other) => other.count - one.count || one.message.localeCompare(other.message))
}
