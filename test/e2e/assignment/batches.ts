import { expect, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { AssignmentBatchCreateDocument, AssignmentBatchUndoDocument } from '../../../client/generated/documents.ts'
import { uuidOf } from '../../harness/ids.ts'
import type { World } from '../../harness/world.ts'

export const sendBatch = async (client: Client, mediaId: string, userIds: string[], page = {}) =>
  (await client.send(AssignmentBatchCreateDocument, { input: { mediaId, userIds }, ...page })).assignmentBatchCreate

/** Creates a batch and throws if the API refuses. */
export const createBatch = async (client: Client, mediaId: string, userIds: string[]) => {
  const batch = await sendBatch(client, mediaId, userIds)
  if (batch.__typename !== 'AssignmentBatch') throw new Error(batch.message)
  return batch
}

export const undoBatch = async (client: Client, id: string) =>
  (await client.send(AssignmentBatchUndoDocument, { id })).assignmentBatchUndo

/** Returns the current media of each user. */
export const mediaOf = async (world: World, userIds: string[]): Promise<(string | null)[]> => {
  const rows = await world.runtime.ports.database.assignment.findMany({
    where: { userId: { in: userIds.map(uuidOf) }, status: 'CURRENT' },
  })
  const byUser = new Map(rows.map(({ userId, mediaId }) => [userId, `Media:${mediaId}`]))
  return userIds.map((id) => byUser.get(uuidOf(id)) ?? null)
}

/** Returns the number of current assignments of each media. */
export const countsOf = async (world: World, ...ids: string[]): Promise<number[]> => {
  const counts: number[] = []
  for (const id of ids) {
    const { assignmentCount, unusedSince } = await world.runtime.ports.database.media.findUniqueOrThrow({
      where: { id: uuidOf(id) },
    })
    expect(unusedSince === null).toBe(assignmentCount > 0)
    counts.push(assignmentCount)
  }
  return counts
}

// Leaves out other rows: users are logged at their first call.
const assignmentActions = { action: { startsWith: 'assignment' } }

export const logLength = (world: World): Promise<number> =>
  world.runtime.ports.database.event.count({ where: assignmentActions })

/** Returns the actions of the events after the first `from`. */
export const loggedSince = async (world: World, from: number): Promise<string[]> => {
  const { event } = world.runtime.ports.database
  const events = await event.findMany({ where: assignmentActions, orderBy: { id: 'asc' }, skip: from })
  return events.map(({ action }) => action)
}

/** Subscribes to the assignments of users; the set holds those that were notified. */
export const subscribeToUsers = async (world: World, users: string[]) => {
  const notifiedUsers = new Set<string>()
  for (const id of users)
    await world.runtime.ports.pubsub.subscribe(`assignments:${uuidOf(id)}`, () => void notifiedUsers.add(id))
  return {
    notifiedUsers,
    waitForAll: () => vi.waitUntil(() => notifiedUsers.size === users.length, { timeout: 20_000 }),
  }
}
