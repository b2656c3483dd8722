import type { Assignment } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import type { PolicyDecision } from '../kernel/policies.ts'
import { decide } from '../kernel/rules.ts'
import { undoRules } from './undoRules.ts'

/** Columns that `undoDecision` reads. */
export const undoSelect = {
  status: true,
  assignedById: true,
  undoableUntil: true,
  previous: { select: { mediaId: true, mediaTitle: true, media: { select: { id: true, deletedAt: true } } } },
} as const

interface UndoableAssignment extends Pick<Assignment, 'status' | 'assignedById' | 'undoableUntil'> {
  previous: { mediaId: string; mediaTitle: string; media: { deletedAt: Date | null } | null } | null
}

/** Decides what `assignmentUndo` would answer to a request that arrives now, by the clock of the database. */
export const undoDecision = (actor: Actor, assignment: UndoableAssignment, now: Date): PolicyDecision => {
  const { previous, ...row } = assignment
  const isLive = previous?.media?.deletedAt === null
  return decide(undoRules, actor, {
    ...row,
    arrivedAt: now,
    previousMediaId: previous?.mediaId ?? null,
    previousTitle: previous?.mediaTitle ?? null,
    liveMediaIds: new Set(isLive ? [previous.mediaId] : []),
  })
}

/** Returns the time until the end of an undo window, in seconds; 0 after it. */
export const secondsLeft = (undoableUntil: Date, now: Date): number =>
  Math.max(0, undoableUntil.getTime() - now.getTime()) / 1000
