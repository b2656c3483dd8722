import type { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import type { BatchFailure } from '../kernel/errors.ts'
import type { PolicyDecision } from '../kernel/policies.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { MediaState } from '../locking/rowLocks.ts'
import type { TreeName } from '../locking/treeLocks.ts'

/** Context of one transaction of bulk work. */
export interface BulkContext {
  now: Date
  /** End of the retention time of media that are moved to the trash. */
  purgeAt: Date
  /** Collects changes of assignments; subscribers are notified after the commit. */
  addAssignmentChanges(changes: readonly AssignmentChange[]): void
  /** Adds a note to an item that succeeded. */
  addWarning(mediaId: string, message: string): void
}

/** Reason why one item fails. */
export interface ItemRefusal {
  code: BatchFailure['code']
  message: string
  /** Message for all items with this reason, if `message` says how they differ. */
  groupMessage?: string
}

/** Columns by which `validate` decides. A preview groups media by them, and validates each group once. */
export type ItemState = Pick<MediaState, 'uploadedById' | 'deletedAt' | 'usageCount' | 'assignmentCount'>

/**
 * One kind of bulk work. The rows are locked; `validate` and `validateChange` accept or refuse each on its own, `apply`
 * processes all accepted ones together in few statements. They see the present state of an item, not its state when the
 * operation was requested.
 */
export interface BulkAction<Shape extends z.ZodType = z.ZodType> {
  kind: string
  /** Shape of the input that all items share: tags to add, a folder, a resource. Stored with the operation. */
  input: Shape
  /** Decides whether the caller may request this work at all. */
  policy(actor: Actor): PolicyDecision
  /** True if items must be in the trash, false if they must not. */
  requiresTrashed: boolean
  /** Refuses input that is nested too deeply to be parsed. */
  checkDepth?(raw: unknown): void
  /** Tree that `prepare`, if it is defined, locks exclusively; `apply` only shares it, and must not move or delete nodes. */
  treeLock?: TreeName
  /** Replaces `lockMediaStates` if more than the media must be locked. */
  lock?(transaction: Transaction, ids: readonly string[]): Promise<MediaState[]>
  /**
   * Refuses faults that concern all items, such as an unknown folder, before anything is queued. Its result is stored
   * as the input.
   */
  prepare?(transaction: Transaction, actor: Actor, input: z.output<Shape>): Promise<z.output<Shape>>
  /** Refuses an item whatever the input is; see `refuseItem` for what is checked before. */
  validate(actor: Actor, media: ItemState): ItemRefusal | null
  /** Refuses an item because of the input. Previews have no input, so that they do not know these refusals. */
  validateChange?(media: MediaState, input: z.output<Shape>): ItemRefusal | null
  /**
   * Returns a refusal for all items if something changed since the request, such as a deleted folder; null otherwise.
   */
  precondition?(transaction: Transaction, input: z.output<Shape>): Promise<ItemRefusal | null>
  apply(
    transaction: Transaction,
    actor: Actor,
    media: readonly MediaState[],
    input: z.output<Shape>,
    context: BulkContext,
  ): Promise<void>
  /** Describes the requested work, by what is stored alone. `media` is their number, such as `12 media`. */
  summarize(input: z.output<Shape>, media: string): string
}
