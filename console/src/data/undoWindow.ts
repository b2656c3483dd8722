import type { AssignmentFragment } from '../api/generated/documents.ts'

/** An assignment with the end of its undo window by the clock of this page that no one can set. */
export type DatedAssignment = AssignmentFragment & { undoEndsAtMs: number }

/** Notes when the undo window ends: the server says how long it lasts, since clocks of clients are wrong. */
export const dateAssignment = (assignment: AssignmentFragment): DatedAssignment => ({
  ...assignment,
  undoEndsAtMs: performance.now() + assignment.undoSecondsLeft * 1000,
})

/** Seconds that are left to undo an assignment; 0 afterwards. */
export const undoSecondsLeft = ({ undoEndsAtMs }: Pick<DatedAssignment, 'undoEndsAtMs'>, nowMs: number): number =>
  Math.max(0, (undoEndsAtMs - nowMs) / 1000)
