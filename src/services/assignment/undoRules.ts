import type { Assignment } from '../../../prisma/generated/client/client.ts'
import { UndoExpiredError, undoExpiredMessage } from '../kernel/errors.ts'
import { mayUndoAssignment } from '../kernel/policies.ts'
import { condition, permission, type Rule } from '../kernel/rules.ts'
import { findUndoConflict } from './checks.ts'

/** State that decides whether an assignment can be undone by a request that arrives at this time. */
interface UndoState extends Pick<Assignment, 'status' | 'assignedById' | 'undoableUntil'> {
  arrivedAt: Date
  previousMediaId: string | null
  previousTitle: string | null
  /** Holds the media of the previous assignment if it can become current again. */
  liveMediaIds: ReadonlySet<string>
}

/** Only the window of a CURRENT assignment matters: the others are refused because of their status. */
const isInTime: Rule<UndoState> = {
  reason: (_actor, { status, undoableUntil, arrivedAt }) =>
    status === 'CURRENT' && arrivedAt > undoableUntil ? undoExpiredMessage(undoableUntil) : null,
  refusal: (_message, { undoableUntil }) => new UndoExpiredError(undoableUntil),
}

/** Rules of `assignmentUndo`. */
export const undoRules: readonly Rule<UndoState>[] = [
  permission(mayUndoAssignment),
  isInTime,
  condition((state) => findUndoConflict(state, state.liveMediaIds)),
]
