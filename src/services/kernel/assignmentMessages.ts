import { z } from 'zod'
import type { PubSub } from './ports.ts'

export const assignmentsMessage = z.object({
  userId: z.uuid(),
  /** The newest `change` of this user's rows. */
  revision: z.int(),
})

/** A user whose assignments have changed. */
export type AssignmentChange = z.infer<typeof assignmentsMessage>

export const assignmentsChannel = (userId: string): string => `assignments:${userId}`

/** Between two of them other calls have their turn: a batch has 10,000 users. */
const sliceSize = 200

/** Tells followers, once it is committed. */
export const publishAssignmentChanges = (pubsub: PubSub, changes: readonly AssignmentChange[]): void => {
  for (const change of changes.slice(0, sliceSize)) pubsub.publish(assignmentsChannel(change.userId), change)
  if (changes.length > sliceSize) setImmediate(() => publishAssignmentChanges(pubsub, changes.slice(sliceSize)))
}
