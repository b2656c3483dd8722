import { v7 as uuid } from 'uuid'
import { type AssignmentStatus, type Media, Prisma } from '../../../prisma/generated/client/client.ts'
import { type EventEntry, record } from '../event/actions.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import type { Transaction } from '../kernel/ports.ts'
import { updateUseCounts } from '../media/useCounts.ts'

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

type AssignmentEntry = EventEntry<`assignment.${'created' | 'replaced' | 'undone' | 'ended' | 'restored' | 'moved'}`>

const nodeFields = ({ id, mediaId }: Pick<Row, 'id' | 'mediaId'>) =>
  ({ nodeType: 'Assignment', nodeId: id, mediaId }) as const

const toChange = ({ userId, change }: Pick<Row, 'userId' | 'change'>): AssignmentChange => ({
  userId,
  revision: Number(change),
})

/** How long an assignment can be taken back. */
export const undoWindowMs = 30_000

export interface AssignMediaOptions {
  media: Pick<Media, 'id' | 'title'>
  userIds: readonly string[]
  revertOfId?: string | null
  batchId?: string | null
  now: Date
}

/** What follows each other here is joined in memory: by the size of a batch the planner would have to guess right. */
const replaceCurrent = async (transaction: Transaction, userIds: readonly string[]): Promise<Map<string, Row>> => {
  const rows = await transaction.$queryRaw<Row[]>`
    UPDATE "Assignment" SET "status" = 'REPLACED', "change" = nextval('"Assignment_change_seq"')
    WHERE "userId" = ANY(${[...userIds]}::uuid[]) AND "status" = 'CURRENT'
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change"`
  return new Map(rows.map((row) => [row.userId, row]))
}

/** A new row for each user; their current ones are replaced. */
export const assignMedia = async (
  transaction: Transaction,
  actor: Actor,
  { media, userIds, revertOfId = null, batchId = null, now }: AssignMediaOptions,
): Promise<{ ids: string[]; changes: AssignmentChange[] }> => {
  const previousByUser = await replaceCurrent(transaction, userIds)
  const previousIds = userIds.map((userId) => previousByUser.get(userId)?.id ?? null)
  const rows = await transaction.$queryRaw<Row[]>`
    INSERT INTO "Assignment" ("id", "mediaId", "heldMediaId", "mediaTitle", "userId", "assignedById", "assignedAt",
      "undoableUntil", "previousId", "revertOfId", "batchId")
    SELECT wanted."id", ${media.id}::uuid, ${media.id}::uuid, ${media.title}, wanted."userId", ${actorId(actor)}::uuid,
      ${now}, ${new Date(now.getTime() + undoWindowMs)}, wanted."previousId", ${revertOfId}::uuid, ${batchId}::uuid
    FROM unnest(${userIds.map(() => uuid())}::uuid[], ${[...userIds]}::uuid[], ${previousIds}::uuid[])
      AS wanted("id", "userId", "previousId")
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change"`
  await updateUseCounts(transaction, [media.id, ...[...previousByUser.values()].map(({ mediaId }) => mediaId)], now)
  await record(
    transaction,
    actor,
    rows.flatMap((row): AssignmentEntry[] => {
      const { id, userId, mediaId } = row
      const previous = previousByUser.get(userId)
      const data = { userId, mediaId, previousId: previous?.id ?? null, revertOfId, batchId }
      const created: AssignmentEntry = { ...nodeFields(row), action: 'assignment.created', data }
      if (previous === undefined) return [created]
      const replacedData = { userId, mediaId: previous.mediaId, replacedById: id }
      return [{ ...nodeFields(previous), action: 'assignment.replaced', data: replacedData }, created]
    }),
  )
  return { ids: rows.map(({ id }) => id), changes: rows.map(toChange) }
}

/** Current ones are taken back: undone one by one, or ended as a batch. What they replaced is current again, the same row. */
export const undoAssignments = async (
  transaction: Transaction,
  actor: Actor,
  { ids, status, now }: { ids: readonly string[]; status: Extract<AssignmentStatus, 'UNDONE' | 'ENDED'>; now: Date },
): Promise<AssignmentChange[]> => {
  const undoneRows = await transaction.$queryRaw<(Row & { previousId: string | null })[]>`
    UPDATE "Assignment" SET "status" = ${status}::"AssignmentStatus", "change" = nextval('"Assignment_change_seq"')
    WHERE "id" = ANY(${[...ids]}::uuid[])
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change", "previousId"::text`
  const restoredRows = await transaction.$queryRaw<Row[]>`
    UPDATE "Assignment" SET "status" = 'CURRENT', "change" = nextval('"Assignment_change_seq"')
    WHERE "id" = ANY(${undoneRows.flatMap(({ previousId }) => previousId ?? [])}::uuid[])
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change"`
  const restoredByUser = new Map(restoredRows.map((row) => [row.userId, row]))
  await updateUseCounts(
    transaction,
    [...undoneRows, ...restoredRows].map(({ mediaId }) => mediaId),
    now,
  )
  const reason = status === 'UNDONE' ? 'UNDONE' : 'BATCH_UNDONE'
  await record(
    transaction,
    actor,
    undoneRows.flatMap((row): AssignmentEntry[] => {
      const { userId, mediaId, previousId } = row
      const undoneEntry: AssignmentEntry =
        status === 'UNDONE'
          ? { ...nodeFields(row), action: 'assignment.undone', data: { userId, mediaId, previousId } }
          : { ...nodeFields(row), action: 'assignment.ended', data: { userId, mediaId, reason: 'BATCH_UNDONE' } }
      const previous = restoredByUser.get(userId)
      if (previous === undefined) return [undoneEntry]
      const data = { userId, mediaId: previous.mediaId, reason } as const
      return [undoneEntry, { ...nodeFields(previous), action: 'assignment.restored', data }]
    }),
  )
  return undoneRows.map((row) => toChange(restoredByUser.get(row.userId) ?? row))
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
    rows.map((row) => ({
      ...nodeFields(row),
      action: 'assignment.ended' as const,
      data: { userId: row.userId, mediaId: row.mediaId, reason: 'MEDIA_DELETED' as const },
    })),
  )
  return rows.map(toChange)
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
  // The newest of a user's last, so that it is the one that stays in the map.
  const endedRows = await transaction.$queryRaw<(Pick<Row, 'id' | 'userId' | 'mediaId'> & { isTaken: boolean })[]>`
    SELECT "id"::text, "userId"::text, "mediaId"::text, EXISTS (
        SELECT FROM "Assignment" AS other WHERE other."userId" = row."userId" AND other."status" = 'CURRENT'
      ) AS "isTaken"
    FROM "Assignment" AS row
    WHERE "heldMediaId" = ANY(${[...mediaIds]}::uuid[]) AND "status" = 'ENDED' AND "returns"
    ORDER BY "sequence"`
  const newestByUser = new Map(endedRows.filter(({ isTaken }) => !isTaken).map(({ userId, id }) => [userId, id]))
  const lost = endedRows.filter(({ userId, id }) => newestByUser.get(userId) !== id)
  await transaction.$executeRaw`
    UPDATE "Assignment" SET "returns" = false WHERE "id" = ANY(${lost.map(({ id }) => id)}::uuid[])`
  const restoredRows = await transaction.$queryRaw<Row[]>`
    UPDATE "Assignment" SET "returns" = false, "status" = 'CURRENT', "change" = nextval('"Assignment_change_seq"')
    WHERE "id" = ANY(${[...newestByUser.values()]}::uuid[])
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change"`
  await record(
    transaction,
    actor,
    restoredRows.map((row) => ({
      ...nodeFields(row),
      action: 'assignment.restored' as const,
      data: { userId: row.userId, mediaId: row.mediaId, reason: 'MEDIA_RESTORED' as const },
    })),
  )
  return { changes: restoredRows.map(toChange), lost }
}

/**
 * Of the rows of a media that another one takes the place of: those that go on with that one, which are the current ones,
 * and those that may still be current again, when what replaced them is taken back.
 */
export const isReassignable = Prisma.sql`
  row."status" = 'CURRENT' OR row."status" = 'REPLACED' AND EXISTS (
    SELECT FROM "Assignment" AS next
    WHERE next."previousId" = row."id" AND next."status" IN ('CURRENT', 'REPLACED')
      AND next."undoableUntil" >= "assignmentClock"())`

/** Resolves to the changes of current ones: of the others nobody who follows sees anything. */
export const moveAssignments = async (
  transaction: Transaction,
  actor: Actor,
  target: Pick<Media, 'id'>,
  removedIds: readonly string[],
): Promise<AssignmentChange[]> => {
  const rows = await transaction.$queryRaw<(Row & { fromMediaId: string; status: AssignmentStatus })[]>`
    WITH moving AS (
      SELECT "id", "mediaId" FROM "Assignment" AS row
      WHERE "heldMediaId" = ANY(${[...removedIds]}::uuid[]) AND (${isReassignable})
    )
    UPDATE "Assignment" AS row SET "mediaId" = ${target.id}::uuid, "heldMediaId" = ${target.id}::uuid,
      "change" = CASE "status" WHEN 'CURRENT' THEN nextval('"Assignment_change_seq"') ELSE "change" END
    FROM moving WHERE row."id" = moving."id"
    RETURNING row."id"::text, row."userId"::text, row."mediaId"::text, row."change", row."status"::text,
      moving."mediaId"::text AS "fromMediaId"`
  await record(
    transaction,
    actor,
    rows.flatMap(({ id, userId, fromMediaId }) =>
      [fromMediaId, target.id].map((mediaId) => ({
        ...nodeFields({ id, mediaId }),
        action: 'assignment.moved' as const,
        data: { userId, fromMediaId, toMediaId: target.id },
      })),
    ),
  )
  return rows.filter(({ status }) => status === 'CURRENT').map(toChange)
}
