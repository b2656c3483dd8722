import { z } from 'zod'
import type { PubSub } from './ports.ts'

export const assignmentsMessage = z.object({
  userId: z.uuid(),
  /** Highest `change` of this user's assignment rows. */
  revision: z.int(),
})

/** Message that a user's assignments have changed. */
export type AssignmentChange = z.infer<typeof assignmentsMessage>

export const assignmentsChannel = (userId: string): string => `assignments:${userId}`

/** Messages published before other calls may run: a batch has 10,000 users. */
const sliceSize = 200

/** Publishes changes to subscribers. Call it after the commit. */
export const publishAssignmentChanges = (pubsub: PubSub, changes: readonly AssignmentChange[]): void => {
  for (const change of changes.slice(0, sliceSize)) pubsub.publish(assignmentsChannel(change.userId), change)
  if (changes.length > sliceSize) setImmediate(() => publishAssignmentChanges(pubsub, changes.slice(sliceSize)))
}
