import type { Assignment } from '../../../prisma/generated/client/client.ts'
import { type Actor, receivedAtMsOf } from '../kernel/actor.ts'
import { type AssignmentChange, publishAssignmentChanges } from '../kernel/assignmentMessages.ts'
import { InvalidInputError, StateConflictError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { notFound } from '../kernel/notFound.ts'
import { enforce, mayAssign, mayUndoAssignment } from '../kernel/policies.ts'
import type { Database, PubSub, Transaction } from '../kernel/ports.ts'
import { enforceRules } from '../kernel/rules.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockMediaRows, lockUsers } from '../locking/rowLocks.ts'
import { type AssignmentBatches, createAssignmentBatches } from './batches.ts'
import { arrivalOf, findLiveMediaIds, readClock, requireAssignable, requireRevertible } from './checks.ts'
import { type AssignmentList, createAssignmentList } from './list.ts'
import { lockAffectedMedia } from './locks.ts'
import { type AssignmentPages, createAssignmentPages } from './pages.ts'
import { type AssignMediaOptions, assignMedia, undoAssignments, undoWaitMs } from './transitions.ts'
import { undoRules } from './undoRules.ts'

interface AssignmentCreateInput {
  mediaId: string
  userId: string
}

interface AssignmentRevertInput {
  userId: string
  toAssignmentId: string
}

/**
 * Assigns media to users and undoes assignments. Each user has at most one current assignment; rows are never deleted.
 */
export interface Assignments extends AssignmentBatches, AssignmentList, AssignmentPages {
  /** Always creates a new assignment, which replaces the user's current one. */
  create(actor: Actor, input: AssignmentCreateInput): Promise<Assignment>
  /**
   * Undoes an assignment if the request arrives within 30 seconds of its creation, however long it then waits; the
   * assignment that it replaced becomes current again.
   */
  undo(actor: Actor, id: string): Promise<Assignment>
  /** Reads the clock that decides whether an undo is in time. */
  now(): Promise<Date>
  /** Creates a new assignment with the media of an earlier one of the same user; has no time limit. */
  revert(actor: Actor, input: AssignmentRevertInput): Promise<Assignment>
}

interface AssignmentsOptions {
  database: Database
  lanes: Lanes
  pubsub: PubSub
}

export const createAssignments = ({ database, lanes, pubsub }: AssignmentsOptions): Assignments => {
  const lockUser = async (transaction: Transaction, id: string): Promise<void> => {
    const [lockedId] = await lockUsers(transaction, [id])
    if (lockedId === undefined) throw notFound('User', id)
  }

  const assignOne = async (
    transaction: Transaction,
    actor: Actor,
    options: Omit<AssignMediaOptions, 'now'>,
  ): Promise<{ assignment: Assignment; changes: AssignmentChange[] }> => {
    const now = await readClock(transaction)
    const { ids, changes } = await assignMedia(transaction, actor, { ...options, now })
    return { assignment: await transaction.assignment.findUniqueOrThrow({ where: { id: ids[0] ?? '' } }), changes }
  }

  const undoInTransaction = async (
    transaction: Transaction,
    actor: Actor,
    { id, userId }: { id: string; userId: string },
    receivedAtMs: number,
  ) => {
    await lockUser(transaction, userId)
    const row = await transaction.assignment.findUniqueOrThrow({ where: { id }, include: { previous: true } })
    const previousMediaId = row.previous?.mediaId ?? null
    const mediaIds = [row.mediaId, ...(previousMediaId === null ? [] : [previousMediaId])]
    await lockMediaRows(transaction, mediaIds)
    const elapsedMs = performance.now() - receivedAtMs
    const now = await readClock(transaction)
    const liveMediaIds = await findLiveMediaIds(transaction, mediaIds)
    const previousTitle = row.previous?.mediaTitle ?? null
    const arrivedAt = arrivalOf({ now, elapsedMs })
    enforceRules(undoRules, actor, { ...row, previousMediaId, previousTitle, liveMediaIds, arrivedAt })
    return undoAssignments(transaction, actor, { ids: [id], status: 'UNDONE', now })
  }

  const revertInTransaction = async (transaction: Transaction, actor: Actor, userId: string, revertOfId: string) => {
    await lockUser(transaction, userId)
    const target = await transaction.assignment.findUnique({ where: { id: revertOfId } })
    if (target === null) throw notFound('Assignment', revertOfId)
    if (target.userId !== userId)
      throw new InvalidInputError([
        {
          path: 'toAssignmentId',
          message: 'This assignment belongs to another user. Choose one that was made for this user.',
        },
      ])
    if (target.status === 'CURRENT')
      throw new StateConflictError('This assignment is already the current one. Choose an earlier one.')
    const lockedMedia = await lockAffectedMedia(transaction, [userId], target.mediaId)
    const media = requireRevertible(actor, lockedMedia, target.mediaTitle)
    return assignOne(transaction, actor, { media, userIds: [userId], revertOfId })
  }

  return {
    ...createAssignmentBatches({ database, lanes, pubsub }),
    ...createAssignmentList(database),
    ...createAssignmentPages(database),
    now: () => readClock(database),

    async create(actor, input) {
      enforce(mayAssign(actor))
      const mediaId = parseId('Media', input.mediaId, 'mediaId')
      const userId = parseId('User', input.userId, 'userId')
      const { assignment, changes } = await lanes.run('people', { activity: 'assignments' }, async (transaction) => {
        await lockUser(transaction, userId)
        const media = requireAssignable(actor, await lockAffectedMedia(transaction, [userId], mediaId), mediaId)
        return assignOne(transaction, actor, { media, userIds: [userId] })
      })
      publishAssignmentChanges(pubsub, changes)
      return assignment
    },

    async undo(actor, nodeId) {
      enforce(mayAssign(actor))
      const receivedAtMs = receivedAtMsOf(actor)
      const id = parseId('Assignment', nodeId)
      const existing = await database.assignment.findUnique({ where: { id } })
      if (existing === null) throw notFound('Assignment', id)
      enforce(mayUndoAssignment(actor, existing))
      const changes = await lanes.run(
        'people',
        { activity: 'undo requests', isUrgent: true, timeoutMs: undoWaitMs },
        (transaction) => undoInTransaction(transaction, actor, existing, receivedAtMs),
      )
      publishAssignmentChanges(pubsub, changes)
      return database.assignment.findUniqueOrThrow({ where: { id } })
    },

    async revert(actor, input) {
      enforce(mayAssign(actor))
      const userId = parseId('User', input.userId, 'userId')
      const toAssignmentId = parseId('Assignment', input.toAssignmentId, 'toAssignmentId')
      const { assignment, changes } = await lanes.run('people', { activity: 'assignments' }, (transaction) =>
        revertInTransaction(transaction, actor, userId, toAssignmentId),
      )
      publishAssignmentChanges(pubsub, changes)
      return assignment
    },
  }
}
