import { v7 as uuid } from 'uuid'
import { type AssignmentStatus, type Media, Prisma } from '../../../prisma/generated/client/client.ts'
import { recordAll } from '../event/record.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import type { Transaction } from '../kernel/ports.ts'
import { updateUseCounts } from '../media/useCounts.ts'

// Transitions of the assignments of any number of users, as set-based statements. The caller holds the locks of all
// these users and, taken after them, of every media that gains or loses a current assignment.

interface Row {
  id: string
  userId: string
  mediaId: string
  change: bigint
}

const toChange = ({ userId, change }: Pick<Row, 'userId' | 'change'>): AssignmentChange => ({
  userId,
  revision: Number(change),
})

/** Returns a function that makes the log entry of an assignment whose status changed for this reason. */
const toEntry =
  <Reason extends string>(reason: Reason) =>
  ({ id, userId, mediaId }: Row) => ({ id, mediaId, data: { userId, mediaId, reason } })

/** Length of the undo window, which starts when an assignment is created. */
export const undoWindowMs = 30_000

/** How long an undo that arrived in time may wait for its locks: as long as a batch may hold them, so that it succeeds. */
export const undoWaitMs = 120_000

export interface AssignMediaOptions {
  media: Pick<Media, 'id' | 'title'>
  userIds: readonly string[]
  revertOfId?: string | null
  batchId?: string | null
  now: Date
}

/**
 * Replaces the users' current assignments and returns them by user. Joined with their successors in memory: in SQL, the
 * planner would have to estimate the size of a batch correctly.
 */
const replaceCurrent = async (transaction: Transaction, userIds: readonly string[]): Promise<Map<string, Row>> => {
  const rows = await transaction.$queryRaw<Row[]>`
    UPDATE "Assignment" SET "status" = 'REPLACED', "change" = nextval('"Assignment_change_seq"')
    WHERE "userId" = ANY(${[...userIds]}::uuid[]) AND "status" = 'CURRENT'
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change"`
  return new Map(rows.map((row) => [row.userId, row]))
}

/** Creates one assignment for each user, which replaces their current one. */
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
  const replacedEntries = rows.flatMap(({ id: replacedById, userId }) => {
    const previous = previousByUser.get(userId)
    if (previous === undefined) return []
    const { id, mediaId } = previous
    return [{ id, mediaId, data: { userId, mediaId, replacedById } }]
  })
  const createdEntries = rows.map(({ id, userId, mediaId }) => {
    const previousId = previousByUser.get(userId)?.id ?? null
    return { id, mediaId, data: { userId, mediaId, previousId, revertOfId, batchId } }
  })
  await recordAll(transaction, actor, 'assignment.replaced', replacedEntries)
  await recordAll(transaction, actor, 'assignment.created', createdEntries)
  return { ids: rows.map(({ id }) => id), changes: rows.map(toChange) }
}

/**
 * Undoes current assignments: `UNDONE` individually, `ENDED` as a batch. The assignments that they replaced become
 * current again as the same rows.
 */
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
  if (status === 'UNDONE') {
    const entries = undoneRows.map(({ id, userId, mediaId, previousId }) => {
      return { id, mediaId, data: { userId, mediaId, previousId } }
    })
    await recordAll(transaction, actor, 'assignment.undone', entries)
    await recordAll(transaction, actor, 'assignment.restored', restoredRows.map(toEntry('UNDONE')))
  } else {
    await recordAll(transaction, actor, 'assignment.ended', undoneRows.map(toEntry('BATCH_UNDONE')))
    await recordAll(transaction, actor, 'assignment.restored', restoredRows.map(toEntry('BATCH_UNDONE')))
  }
  return undoneRows.map((row) => toChange(restoredByUser.get(row.userId) ?? row))
}

/** Ends the current assignments of media that are deleted while in use, and marks them to return on restore. */
export const endAssignments = async (
  transaction: Transaction,
  actor: Actor,
  mediaIds: readonly string[],
): Promise<AssignmentChange[]> => {
  const rows = await transaction.$queryRaw<Row[]>`
    UPDATE "Assignment" SET "status" = 'ENDED', "returns" = true, "change" = nextval('"Assignment_change_seq"')
    WHERE "heldMediaId" = ANY(${[...mediaIds]}::uuid[]) AND "status" = 'CURRENT'
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change"`
  await recordAll(transaction, actor, 'assignment.ended', rows.map(toEntry('MEDIA_DELETED')))
  return rows.map(toChange)
}

/**
 * Makes marked assignments current again, as the same rows, if their user has no other current one. If several
 * of one user would return at once, only the newest does. Those that cannot return are in `lost`.
 */
export const restoreAssignments = async (
  transaction: Transaction,
  actor: Actor,
  mediaIds: readonly string[],
): Promise<{ changes: AssignmentChange[]; lost: { mediaId: string; userId: string }[] }> => {
  // Oldest first: a user's newest row comes last, so that it is the one that stays in the map.
  const endedRows = await transaction.$queryRaw<(Pick<Row, 'id' | 'userId' | 'mediaId'> & { isTaken: boolean })[]>`
    SELECT "id"::text, "userId"::text, "mediaId"::text, EXISTS (
        SELECT FROM "Assignment" AS other WHERE other."userId" = row."userId" AND other."status" = 'CURRENT'
      ) AS "isTaken"
    FROM "Assignment" AS row
    WHERE "heldMediaId" = ANY(${[...mediaIds]}::uuid[]) AND "status" = 'ENDED' AND "returns"
    ORDER BY "sequence"`
  if (endedRows.length === 0) return { changes: [], lost: [] }
  const newestByUser = new Map(endedRows.filter(({ isTaken }) => !isTaken).map(({ userId, id }) => [userId, id]))
  const lost = endedRows.filter(({ userId, id }) => newestByUser.get(userId) !== id)
  await transaction.$executeRaw`
    UPDATE "Assignment" SET "returns" = false WHERE "id" = ANY(${lost.map(({ id }) => id)}::uuid[])`
  const restoredRows = await transaction.$queryRaw<Row[]>`
    UPDATE "Assignment" SET "returns" = false, "status" = 'CURRENT', "change" = nextval('"Assignment_change_seq"')
    WHERE "id" = ANY(${[...newestByUser.values()]}::uuid[])
    RETURNING "id"::text, "userId"::text, "mediaId"::text, "change"`
  await recordAll(transaction, actor, 'assignment.restored', restoredRows.map(toEntry('MEDIA_RESTORED')))
  return { changes: restoredRows.map(toChange), lost }
}

/**
 * Condition for the assignments of a media that move to the media that takes its place: current ones, and replaced ones
 * that can still become current again because the assignment after them can be undone. An undo that arrived in time may
 * wait `undoWaitMs` longer for its locks.
 */
export const isReassignable = Prisma.sql`
  row."status" = 'CURRENT' OR row."status" = 'REPLACED' AND EXISTS (
    SELECT FROM "Assignment" AS next
    WHERE next."previousId" = row."id" AND next."status" IN ('CURRENT', 'REPLACED')
      AND next."undoableUntil" >= "assignmentClock"() - make_interval(secs => ${undoWaitMs / 1000}))`

/** Moves assignments to another media. Returns the changes of current ones only: subscribers do not see the others. */
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
  const entries = rows.flatMap(({ id, userId, fromMediaId }) => {
    const data = { userId, fromMediaId, toMediaId: target.id }
    return [fromMediaId, target.id].map((mediaId) => ({ id, mediaId, data }))
  })
  await recordAll(transaction, actor, 'assignment.moved', entries)
  return rows.filter(({ status }) => status === 'CURRENT').map(toChange)
}
