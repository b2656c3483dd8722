import type { Assignment } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { type AssignmentChange, announceAssignments } from '../kernel/assignmentMessages.ts'
import { InvalidInputError, NotFoundError, StateConflictError, UndoExpiredError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { enforce, mayAssign, mayUndoAssignment } from '../kernel/policies.ts'
import type { Database, PubSub, Transaction } from '../kernel/ports.ts'
import { takeTurn } from '../locking/lanes.ts'
import { holdMedia, lockUsers } from '../locking/rowLocks.ts'
import { type AssignmentBatches, createAssignmentBatches } from './batches.ts'
import { assignable, assignableAgain, presentMedia, readClock, whyNotUndoable } from './checks.ts'
import { type AssignmentList, createAssignmentList } from './list.ts'
import { lockMediaOf } from './locks.ts'
import { assignMedia, type Giving, takeBack } from './transitions.ts'

export interface AssignmentCreateInput {
  mediaId: string
  userId: string
}

export interface AssignmentRevertInput {
  userId: string
  toAssignmentId: string
}

/** Media given to users, and taken back. At most one is current per user; nothing is ever deleted. */
export interface Assignments extends AssignmentBatches, AssignmentList {
  /** Always a new one; the user's current one is replaced. */
  create(actor: Actor, input: AssignmentCreateInput): Promise<Assignment>
  /** For 30 seconds: what it replaced is current again. */
  undo(actor: Actor, id: string): Promise<Assignment>
  /** A new one with the media of an earlier one, at any time. */
  revert(actor: Actor, input: AssignmentRevertInput): Promise<Assignment>
}

interface AssignmentsOptions {
  database: Database
  pubsub: PubSub
}

export const createAssignments = ({ database, pubsub }: AssignmentsOptions): Assignments => {
  const lockUser = async (transaction: Transaction, id: string): Promise<void> => {
    const [found] = await lockUsers(transaction, [id])
    if (found === undefined) throw new NotFoundError('There is no such user.', globalId('User', id))
  }

  const giveOne = async (
    transaction: Transaction,
    actor: Actor,
    giving: Omit<Giving, 'now'>,
  ): Promise<{ assignment: Assignment; changes: AssignmentChange[] }> => {
    const now = await readClock(transaction)
    const { ids, changes } = await assignMedia(transaction, actor, { ...giving, now })
    return { assignment: await transaction.assignment.findUniqueOrThrow({ where: { id: ids[0] ?? '' } }), changes }
  }

  const undoIn = async (transaction: Transaction, actor: Actor, id: string, userId: string) => {
    await lockUser(transaction, userId)
    const row = await transaction.assignment.findUniqueOrThrow({ where: { id }, include: { previous: true } })
    const previousMediaId = row.previous?.mediaId ?? null
    const mediaIds = [row.mediaId, ...(previousMediaId === null ? [] : [previousMediaId])]
    await holdMedia(transaction, mediaIds)
    const now = await readClock(transaction)
    const present = await presentMedia(transaction, mediaIds)
    const obstacle = whyNotUndoable(
      { ...row, previousMediaId, previousTitle: row.previous?.mediaTitle ?? null },
      present,
    )
    if (row.status === 'CURRENT' && now > row.undoableUntil) throw new UndoExpiredError(row.undoableUntil)
    if (obstacle !== null) throw new StateConflictError(obstacle)
    return takeBack(transaction, actor, { ids: [id], status: 'UNDONE', now })
  }

  const revertIn = async (transaction: Transaction, actor: Actor, userId: string, revertOfId: string) => {
    await lockUser(transaction, userId)
    const earlier = await transaction.assignment.findUnique({ where: { id: revertOfId } })
    if (earlier === null) throw new NotFoundError('There is no such assignment.', globalId('Assignment', revertOfId))
    if (earlier.userId !== userId)
      throw new InvalidInputError([{ path: 'toAssignmentId', message: 'This is an assignment of another user.' }])
    if (earlier.status === 'CURRENT') throw new StateConflictError('This assignment is the current one.')
    const locked = await lockMediaOf(transaction, [userId], earlier.mediaId)
    const media = assignableAgain(locked, earlier.mediaTitle)
    return giveOne(transaction, actor, { media, userIds: [userId], revertOfId })
  }

  return {
    ...createAssignmentBatches({ database, pubsub }),
    ...createAssignmentList(database),

    async create(actor, input) {
      enforce(mayAssign(actor))
      const mediaId = parseId('Media', input.mediaId, 'mediaId')
      const userId = parseId('User', input.userId, 'userId')
      const { assignment, changes } = await takeTurn(database, 'assignments', async (transaction) => {
        await lockUser(transaction, userId)
        const media = assignable(await lockMediaOf(transaction, [userId], mediaId), mediaId)
        return giveOne(transaction, actor, { media, userIds: [userId] })
      })
      announceAssignments(pubsub, changes)
      return assignment
    },

    async undo(actor, text) {
      enforce(mayAssign(actor))
      const id = parseId('Assignment', text)
      const known = await database.assignment.findUnique({ where: { id } })
      if (known === null) throw new NotFoundError('There is no such assignment.', globalId('Assignment', id))
      enforce(mayUndoAssignment(actor, known))
      const changes = await takeTurn(database, 'undos', (transaction) => undoIn(transaction, actor, id, known.userId))
      announceAssignments(pubsub, changes)
      return database.assignment.findUniqueOrThrow({ where: { id } })
    },

    async revert(actor, input) {
      enforce(mayAssign(actor))
      const userId = parseId('User', input.userId, 'userId')
      const toAssignmentId = parseId('Assignment', input.toAssignmentId, 'toAssignmentId')
      const { assignment, changes } = await takeTurn(database, 'assignments', (transaction) =>
        revertIn(transaction, actor, userId, toAssignmentId),
      )
      announceAssignments(pubsub, changes)
      return assignment
    },
  }
}
