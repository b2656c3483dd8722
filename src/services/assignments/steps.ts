import { v7 as uuid } from 'uuid'
import type { AssignmentStatus, Media } from '../../../prisma/generated/client/client.ts'
import { type Actor, actorId } from '../actor.ts'
import { type Entry, record } from '../events.ts'
import type { Transaction } from '../ports.ts'
import { countUses } from '../usages/counts.ts'
import type { AssignmentChange } from './news.ts'

/**
 * What happens to the assignments of any number of users, set by set. The caller holds the locks of all these users and,
 * taken after them, of every media that gains or loses a current assignment.
 */
interface Row {
  id: string
  userId: string
  mediaId: string
  change: bigint
}

type AssignmentEntry = Entry<`assignment.${'created' | 'replaced' | 'undone' | 'ended' | 'restored' | 'moved'}`>

const node = ({ id, mediaId }: Pick<Row, 'id' | 'mediaId'>) =>
  ({ nodeType: 'Assignment', nodeId: id, mediaId }) as const

const changeOf = ({ userId, change }: Pick<Row, 'userId' | 'change'>): AssignmentChange => ({
  userId,
  revision: Number(change),
})

/** How long an assignment can be taken back. */
export const undoWindowMs = 30_000

export interface Giving {
  media: Pick<Media, 'id' | 'title'>
  userIds: readonly string[]
  revertOfId?: string
  batchId?: string
  now: Date
}

interface Given extends Row {
  previousId: string | null
  previousMediaId: string | null
}

/** A new row for each user; their current ones are replaced. In one statement, since each needs to know its previous one. */
const give = (transaction: Transaction, actor: Actor, { media, userIds, revertOfId, batchId, now }: Giving) =>
  transaction.$queryRaw<Given[]>`
    WITH replaced AS (
      UPDATE "Assignment" SET "status" = 'REPLACED', "change" = nextval('"Assignment_change_seq"')
      WHERE "userId" = ANY(${[...userIds]}::uuid[]) AND "status" = 'CURRENT'
      RETURNING "id", "userId", "mediaId"
    ), given AS (
      INSERT INTO "Assignment" ("id", "mediaId", "heldMediaId", "mediaTitle", "userId", "assignedById",
        "assignedAt", "undoableUntil", "previousId", "revertOfId", "batchId")
      SELECT wanted."id", ${media.id}::uuid, ${media.id}::uuid, ${media.title}, wanted."userId", ${actorId(actor)}::uuid,
        ${now}, ${new Date(now.getTime() + undoWindowMs)}, replaced."id", ${revertOfId ?? null}::uuid, ${batchId ?? null}::uuid
      FROM unnest(${userIds.map(() => uuid())}::uuid[], ${[...userIds]}::uuid[]) AS wanted("id", "userId")
        LEFT JOIN replaced ON replaced."userId" = wanted."userId"
      RETURNING "id", "userId", "mediaId", "change", "previousId"
    )
    SELECT given."id"::text, given."userId"::text, given."mediaId"::text, given."change", given."previousId"::text,
      replaced."mediaId"::text AS "previousMediaId"
    FROM given LEFT JOIN replaced ON replaced."id" = given."previousId"`

export const assignMedia = async (
  transaction: Transaction,
  actor: Actor,
  giving: Giving,
): Promise<{ ids: string[]; changes: AssignmentChange[] }> => {
  const given = await give(transaction, actor, giving)
  const { media, revertOfId = null, batchId = null, now } = giving
  await countUses(transaction, [media.id, ...given.flatMap(({ previousMediaId }) => previousMediaId ?? [])], now)
  await record(
    transaction,
    actor,
    ...given.flatMap((row): AssignmentEntry[] => {
      const { id, userId, mediaId, previousId, previousMediaId } = row
      const data = { userId, mediaId, previousId, revertOfId, batchId }
      const created = { ...node(row), action: 'assignment.created', data } as const
      if (previousId === null || previousMediaId === null) return [created]
      const previous = { id: previousId, mediaId: previousMediaId }
      const gone = { userId, mediaId: previousMediaId, replacedById: id }
      return [{ ...node(previous), action: 'assignment.replaced', data: gone }, created]
    }),
  )
  return { ids: given.map(({ id }) => id), changes: given.map(changeOf) }
}

interface TakenBack extends Row {
  previousId: string | null
  previousMediaId: string | null
}

/** Current ones are taken back: undone one by one, or ended as a batch. What they replaced is current again, the same row. */
export const takeBack = async (
  transaction: Transaction,
  actor: Actor,
  { ids, status, now }: { ids: readonly string[]; status: Extract<AssignmentStatus, 'UNDONE' | 'ENDED'>; now: Date },
): Promise<AssignmentChange[]> => {
  const rows = await transaction.$queryRaw<TakenBack[]>`
    WITH gone AS (
      UPDATE "Assignment" SET "status" = ${status}::"AssignmentStatus", "change" = nextval('"Assignment_change_seq"')
      WHERE "id" = ANY(${[...ids]}::uuid[])
      RETURNING "id", "userId", "mediaId", "previousId", "change"
    ), back AS (
      UPDATE "Assignment" AS earlier SET "status" = 'CURRENT', "change" = nextval('"Assignment_change_seq"')
      FROM gone WHERE earlier."id" = gone."previousId"
      RETURNING earlier."id", earlier."mediaId", earlier."change"
    )
    SELECT gone."id"::text, gone."userId"::text, gone."mediaId"::text, gone."previousId"::text,
      greatest(gone."change", back."change") AS "change", back."mediaId"::text AS "previousMediaId"
    FROM gone LEFT JOIN back ON back."id" = gone."previousId"`
  await countUses(
    transaction,
    rows.flatMap(({ mediaId, previousMediaId }) => [mediaId, ...(previousMediaId === null ? [] : [previousMediaId])]),
    now,
  )
  const reason = status === 'UNDONE' ? 'UNDONE' : 'BATCH_UNDONE'
  await record(
    transaction,
    actor,
    ...rows.flatMap((row): AssignmentEntry[] => {
      const { userId, mediaId, previousId, previousMediaId } = row
      const taken: AssignmentEntry =
        status === 'UNDONE'
          ? { ...node(row), action: 'assignment.undone', data: { userId, mediaId, previousId } }
          : { ...node(row), action: 'assignment.ended', data: { userId, mediaId, reason: 'BATCH_UNDONE' } }
      if (previousId === null || previousMediaId === null) return [taken]
      const previous = { id: previousId, mediaId: previousMediaId }
      return [
        taken,
        { ...node(previous), action: 'assignment.restored', data: { userId, mediaId: previousMediaId, reason } },
      ]
    }),
  )
  return rows.map(changeOf)
}

/** Their media are being deleted although in use: current ones end, and are remembered for the restore. */
export const endAssignments = async (
  transaction: Transaction,
  actor: Actor,
  mediaIds: readonly string[],
): Promise<AssignmentChange[]> => {
  const rows = await transaction.$queryRaw<Row[]>`
    UPDATE "Assignment" SET "status" = 'ENDED', "returns" = true, "change" = nextval('"Assignment_change_seq"')
    WHERE "heldMediaId" = ANY(${[...mediaIds]}::uuid[]) AND "status" = 'CURRENT'
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change"`
  await record(
    transaction,
    actor,
    ...rows.map((row) => ({
      ...node(row),
      action: 'assignment.ended' as const,
      data: { userId: row.userId, mediaId: row.mediaId, reason: 'MEDIA_DELETED' as const },
    })),
  )
  return rows.map(changeOf)
}

/**
 * What was remembered is current again, the same row, where its user has nothing else by now. Where several of one user
 * come back at once, it is the newest. Resolves also to whom it could not be given back.
 */
export const restoreAssignments = async (
  transaction: Transaction,
  actor: Actor,
  mediaIds: readonly string[],
): Promise<{ changes: AssignmentChange[]; lost: { mediaId: string; userId: string }[] }> => {
  const rows = await transaction.$queryRaw<(Row & { returned: boolean })[]>`
    WITH remembered AS (
      SELECT "id", "userId", "sequence" FROM "Assignment"
      WHERE "heldMediaId" = ANY(${[...mediaIds]}::uuid[]) AND "status" = 'ENDED' AND "returns"
    ), coming AS (
      SELECT DISTINCT ON ("userId") "id" FROM remembered
      WHERE NOT EXISTS (
        SELECT FROM "Assignment" AS other WHERE other."userId" = remembered."userId" AND other."status" = 'CURRENT'
      )
      ORDER BY "userId", "sequence" DESC
    )
    UPDATE "Assignment" AS row SET
      "returns" = false,
      "status" = CASE WHEN coming."id" IS NULL THEN 'ENDED' ELSE 'CURRENT' END::"AssignmentStatus",
      "change" = CASE WHEN coming."id" IS NULL THEN row."change" ELSE nextval('"Assignment_change_seq"') END
    FROM remembered LEFT JOIN coming ON coming."id" = remembered."id"
    WHERE row."id" = remembered."id"
    RETURNING row."id"::text, row."userId"::text, row."mediaId"::text, row."change",
      coming."id" IS NOT NULL AS "returned"`
  const returned = rows.filter((row) => row.returned)
  await record(
    transaction,
    actor,
    ...returned.map((row) => ({
      ...node(row),
      action: 'assignment.restored' as const,
      data: { userId: row.userId, mediaId: row.mediaId, reason: 'MEDIA_RESTORED' as const },
    })),
  )
  return { changes: returned.map(changeOf), lost: rows.filter((row) => !row.returned) }
}

/** Current ones of media that another one takes the place of: they go on with that one, the same rows. */
export const moveAssignments = async (
  transaction: Transaction,
  actor: Actor,
  keep: Pick<Media, 'id' | 'title'>,
  removedIds: readonly string[],
): Promise<AssignmentChange[]> => {
  const rows = await transaction.$queryRaw<(Row & { fromMediaId: string })[]>`
    WITH moving AS (
      SELECT "id", "mediaId" FROM "Assignment"
      WHERE "heldMediaId" = ANY(${[...removedIds]}::uuid[]) AND "status" = 'CURRENT'
    )
    UPDATE "Assignment" AS row SET "mediaId" = ${keep.id}::uuid, "heldMediaId" = ${keep.id}::uuid,
      "mediaTitle" = ${keep.title}, "change" = nextval('"Assignment_change_seq"')
    FROM moving WHERE row."id" = moving."id"
    RETURNING row."id"::text, row."userId"::text, row."mediaId"::text, row."change", moving."mediaId"::text AS "fromMediaId"`
  await record(
    transaction,
    actor,
    ...rows.flatMap(({ id, userId, fromMediaId }) =>
      [fromMediaId, keep.id].map((mediaId) => ({
        ...node({ id, mediaId }),
        action: 'assignment.moved' as const,
        data: { userId, fromMediaId, toMediaId: keep.id },
      })),
    ),
  )
  return rows.map(changeOf)
}
