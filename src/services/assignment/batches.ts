import { z } from 'zod'
import type { AssignmentBatch } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { type Actor, actorId, receivedAtMsOf } from '../kernel/actor.ts'
import { publishAssignmentChanges } from '../kernel/assignmentMessages.ts'
import { type BatchFailure, BatchRefusedError, InvalidInputError, StateConflictError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { notFound, notFoundMessage } from '../kernel/notFound.ts'
import { enforce, mayAssign, mayUndoAssignment } from '../kernel/policies.ts'
import type { Database, PubSub, Transaction } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockMediaRows, lockUsers } from '../locking/rowLocks.ts'
import { findLiveMediaIds, findUndoConflict, readClock, requireAssignable, requireInTime } from './checks.ts'
import { lockAffectedMedia } from './locks.ts'
import { assignMedia, undoAssignments, undoWaitMs, undoWindowMs } from './transitions.ts'

const maxUsers = 10_000

const createShape = z.object({
  mediaId: z.string(),
  userIds: z.array(z.string()).min(1, 'Name at least one user.').max(maxUsers, `At most ${maxUsers} users.`),
})
type AssignmentBatchCreateInput = z.input<typeof createShape>

/** Assigns one media to many users: to all of them or to none. */
export interface AssignmentBatches {
  createBatch(actor: Actor, input: AssignmentBatchCreateInput): Promise<AssignmentBatch>
  /**
   * Undoes all members or none, if the request arrives within 30 seconds of the batch. Skips members that were undone
   * individually; replaced or otherwise ended ones block it.
   */
  undoBatch(actor: Actor, id: string): Promise<AssignmentBatch>
}

interface BatchesOptions {
  database: Database
  lanes: Lanes
  pubsub: PubSub
}

/** 10,000 assignments with their log rows take many seconds, more than the default timeout allows. */
const timeoutMs = 120_000

/** Parses user ids; the error lists every malformed one, not only the first. */
const parseUserIds = (nodeIds: readonly string[]): string[] => {
  const issues: InvalidInputError['fields'] = []
  const ids = nodeIds.map((nodeId, index) => {
    try {
      return parseId('User', nodeId, `userIds.${index}`)
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      issues.push(...error.fields)
      return ''
    }
  })
  if (issues.length > 0) throw new InvalidInputError(issues)
  return ids
}

/** Returns the users that block a batch, each of them once. */
const findFailures = (userIds: readonly string[], existing: ReadonlySet<string>): BatchFailure[] => {
  const counts = new Map<string, number>()
  for (const id of userIds) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts].flatMap(([id, count]): BatchFailure[] => {
    const nodeId = globalId('User', id)
    if (!existing.has(id)) return [{ nodeId, code: 'NOT_FOUND', message: notFoundMessage('User') }]
    return count > 1
      ? [{ nodeId, code: 'INVALID_INPUT', message: `This user is named ${count} times. Name each user once.` }]
      : []
  })
}

interface BatchRow {
  id: string
  mediaId: string
  status: string
  previousMediaId: string | null
  previousTitle: string | null
}

const readRows = (transaction: Transaction, batchId: string): Promise<BatchRow[]> =>
  transaction.$queryRaw<BatchRow[]>`
    SELECT given."id"::text, given."mediaId"::text, given."status"::text,
      previous."mediaId"::text AS "previousMediaId", previous."mediaTitle" AS "previousTitle"
    FROM "Assignment" AS given LEFT JOIN "Assignment" AS previous ON previous."id" = given."previousId"
    WHERE given."batchId" = ${batchId}::uuid ORDER BY given."sequence"`

export const createAssignmentBatches = ({ database, lanes, pubsub }: BatchesOptions): AssignmentBatches => {
  const createInTransaction = async (transaction: Transaction, actor: Actor, mediaId: string, userIds: string[]) => {
    const existing = new Set(await lockUsers(transaction, userIds))
    const media = requireAssignable(actor, await lockAffectedMedia(transaction, userIds, mediaId), mediaId)
    const failures = findFailures(userIds, existing)
    if (failures.length > 0) throw new BatchRefusedError(failures)
    const now = await readClock(transaction)
    const batch = await transaction.assignmentBatch.create({
      data: {
        mediaId,
        count: userIds.length,
        assignedById: actorId(actor),
        assignedAt: now,
        undoableUntil: new Date(now.getTime() + undoWindowMs),
      },
    })
    await record(transaction, actor, 'assignmentBatch.created', batch, { mediaId, count: userIds.length })
    const { changes } = await assignMedia(transaction, actor, { media, userIds, batchId: batch.id, now })
    return { batch, changes }
  }

  const undoInTransaction = async (transaction: Transaction, actor: Actor, id: string, receivedAtMs: number) => {
    const members = await transaction.$queryRaw<{ userId: string }[]>`
      SELECT "userId"::text FROM "Assignment" WHERE "batchId" = ${id}::uuid`
    await lockUsers(
      transaction,
      members.map(({ userId }) => userId),
    )
    const batch = await transaction.assignmentBatch.findUniqueOrThrow({ where: { id } })
    if (batch.undoneAt !== null) throw new StateConflictError('This batch is already undone.')
    const rows = (await readRows(transaction, id)).filter(({ status }) => status !== 'UNDONE')
    const mediaIds = new Set(rows.flatMap(({ mediaId, previousMediaId }) => [mediaId, previousMediaId ?? mediaId]))
    await lockMediaRows(transaction, [...mediaIds])
    const elapsedMs = performance.now() - receivedAtMs
    const now = await readClock(transaction)
    requireInTime(batch.undoableUntil, { now, elapsedMs })
    const liveMediaIds = await findLiveMediaIds(transaction, [...mediaIds])
    const failures = rows.flatMap((row): BatchFailure[] => {
      const message = findUndoConflict(row, liveMediaIds)
      return message === null ? [] : [{ nodeId: globalId('Assignment', row.id), code: 'STATE_CONFLICT', message }]
    })
    if (failures.length > 0) throw new BatchRefusedError(failures)
    const undoneBatch = await transaction.assignmentBatch.update({ where: { id }, data: { undoneAt: now } })
    const { mediaId } = batch
    await record(transaction, actor, 'assignmentBatch.undone', batch, { mediaId, count: rows.length })
    const ids = rows.map(({ id }) => id)
    return { batch: undoneBatch, changes: await undoAssignments(transaction, actor, { ids, status: 'ENDED', now }) }
  }

  return {
    async createBatch(actor, input) {
      enforce(mayAssign(actor))
      const mediaId = parseId('Media', input.mediaId, 'mediaId')
      const userIds = parseUserIds(parseInput(createShape, input).userIds)
      const { batch, changes } = await lanes.run(
        'maintenance',
        { activity: 'assignment batches', workTimeoutMs: timeoutMs },
        (transaction) => createInTransaction(transaction, actor, mediaId, userIds),
      )
      publishAssignmentChanges(pubsub, changes)
      return batch
    },

    async undoBatch(actor, nodeId) {
      enforce(mayAssign(actor))
      const receivedAtMs = receivedAtMsOf(actor)
      const id = parseId('AssignmentBatch', nodeId)
      const existing = await database.assignmentBatch.findUnique({ where: { id } })
      if (existing === null) throw notFound('AssignmentBatch', id)
      enforce(mayUndoAssignment(actor, existing))
      const { batch, changes } = await lanes.run(
        'maintenance',
        { activity: 'undo requests', isUrgent: true, timeoutMs: undoWaitMs, workTimeoutMs: timeoutMs },
        (transaction) => undoInTransaction(transaction, actor, id, receivedAtMs),
      )
      publishAssignmentChanges(pubsub, changes)
      return batch
    },
  }
}
