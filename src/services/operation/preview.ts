import type { Media } from '../../../prisma/generated/client/client.ts'
import type { UserActor } from '../kernel/actor.ts'
import type { BatchFailure } from '../kernel/errors.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { enforce } from '../kernel/policies.ts'
import type { Clock, Database, Transaction } from '../kernel/ports.ts'
import { runLong } from '../locking/statementTimeout.ts'
import type { BulkAction, ItemRefusal, ItemState } from './bulkAction.ts'
import { type BulkKind, bulkActions } from './bulkActions.ts'
import { missingMedia, refuseItem } from './itemRefusal.ts'
import { parseSelection, requireExpectedCounts, type Selection, selectionSql } from './selection.ts'
import { parseTarget, type Target } from './target.ts'

/** Media that are refused for the same reason. */
export interface BulkRefusal {
  code: BatchFailure['code']
  message: string
  count: number
  /** Oldest media first; unknown ids have none. */
  sample: Media[]
}

export interface BulkPreview {
  total: number
  /** Size of the current versions of all items. */
  bytes: number
  allowed: number
  /** Largest group first. */
  refused: BulkRefusal[]
}

export interface BulkPreviews {
  /** Tells what an operation would do now, without doing it. `query` is the projection of the samples. */
  preview(actor: UserActor, request: { kind: BulkKind; target: Target }, query: object): Promise<BulkPreview>
}

interface PreviewsOptions {
  database: Database
  clock: Clock
}

/** Maximum number of media in a sample. */
export const sampleSize = 5

/** A filter may select every media of the library. */
const timeoutMs = 60_000

/** Items that are equal in all columns by which they may be refused. */
type ItemGroup = ItemState & { isMissing: boolean; count: number; bytes: bigint; sampleIds: string[] }

/** A selection without items has one row, with a count of null. */
type GroupRow = { matches: number } & (ItemGroup | { count: null })

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** Reads the groups with one statement, however many items there are. */
const readGroups = async (transaction: Transaction, selection: Selection) => {
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
const countRefusals = (refused: readonly { group: ItemGroup; refusal: ItemRefusal }[]) => {
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

export const createBulkPreviews = ({ database, clock }: PreviewsOptions): BulkPreviews => ({
  async preview(actor, { kind, target: rawTarget }, query) {
    const action: BulkAction = bulkActions[kind]
    enforce(action.policy(actor))
    const target = parseTarget(rawTarget, '')
    const selection = parseSelection(actor, target, '', action, clock.now())
    const { matches, groups } = await runLong(database, timeoutMs, (transaction) => readGroups(transaction, selection))
    const total = sum(groups.map(({ count }) => count))
    requireExpectedCounts(target, '', { matches, total })
    const refusals = countRefusals(
      groups.flatMap((group) => {
        const refusal = group.isMissing ? missingMedia : refuseItem(action, actor, group)
        return refusal === null ? [] : [{ group, refusal }]
      }),
    )
    const media = await database.media.findMany({
      ...query,
      where: { id: { in: refusals.flatMap(({ sampleIds }) => sampleIds) } },
    })
    const byId = new Map(media.map((row) => [row.id, row]))
    return {
      total,
      bytes: Number(groups.reduce((bytes, group) => bytes + group.bytes, 0n)),
      allowed: total - sum(refusals.map(({ count }) => count)),
      refused: refusals.map(({ sampleIds, ...refusal }) => {
        return { ...refusal, sample: sampleIds.flatMap((id) => byId.get(id) ?? []) }
      }),
    }
  },
})
