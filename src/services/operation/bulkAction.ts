import type { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import type { RefusalCode } from '../kernel/errors.ts'
import type { PolicyDecision } from '../kernel/policies.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { TreeName } from '../locking/treeLocks.ts'

/** When, and for how long the trash keeps what comes into it. */
export interface BulkContext {
  now: Date
  purgeAt: Date
  /** Whose assignments have changed; they are told once it is committed. */
  addAssignmentChanges(changes: readonly AssignmentChange[]): void
  /** What there is to tell of an item that was done. */
  addWarning(mediaId: string, message: string): void
}

/** Why one item cannot be done. */
export interface ItemRefusal {
  code: RefusalCode
  message: string
}

/**
 * One kind of bulk work. Rows come locked; `judge` decides each on its own, `apply` does those that passed, all at once
 * in few statements. Both see what the item is at that moment, not when the operation was asked for.
 */
export interface BulkAction<Shape extends z.ZodType = z.ZodType> {
  kind: string
  /** What belongs to every item alike: tags to add, a folder, a resource. Kept with the operation. */
  input: Shape
  /** Whether the caller may ask at all. */
  policy(actor: Actor): PolicyDecision
  /** Whether items lie in the trash or outside of it. */
  trashed: boolean
  /** Refuses input that is too deep to be parsed. */
  checkDepth?(raw: unknown): void
  /** What `apply` changes, and `prepare` where there is one: both are alone at it. */
  treeLock?: TreeName
  /** Instead of `lockMedia`, where more than the media has to be locked. */
  lock?(transaction: Transaction, ids: readonly string[]): Promise<Media[]>
  /** Refuses before anything is queued what concerns all items: an unknown folder. What it answers is kept as the input. */
  prepare?(transaction: Transaction, actor: Actor, input: z.output<Shape>): Promise<z.output<Shape>>
  validate(actor: Actor, media: Media, input: z.output<Shape>): ItemRefusal | null
  /** What has changed for all of them since it was asked for: a folder that is gone. Null where nothing has. */
  precondition?(transaction: Transaction, input: z.output<Shape>): Promise<ItemRefusal | null>
  apply(
    transaction: Transaction,
    actor: Actor,
    media: readonly Media[],
    input: z.output<Shape>,
    context: BulkContext,
  ): Promise<void>
}
