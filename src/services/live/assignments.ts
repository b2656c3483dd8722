import type { User } from '../../../prisma/generated/client/client.ts'
import { assignmentsChannel, assignmentsMessage } from '../kernel/assignmentMessages.ts'
import type { Database } from '../kernel/ports.ts'
import type { TrackedRow } from './snapshot.ts'
import type { LiveSource, TopicState } from './source.ts'

const toTrackedRow = (revision: number): TrackedRow => ({ revision, progress: 0, fields: {} })

/** Tracks a user by the newest change of their assignments. One sequence numbers all changes, under the user's lock. */
export const assignmentsSource = (database: Database): LiveSource<User> => ({
  channel: assignmentsChannel,
  hasEnded: () => false,

  async readStates(ids) {
    const states = new Map<string, TopicState | null>(ids.map((id) => [id, null]))
    const users = await database.user.findMany({
      where: { id: { in: [...ids] } },
      select: { id: true, assignments: { select: { change: true }, orderBy: { change: 'desc' }, take: 1 } },
    })
    for (const { id, assignments } of users) {
      const trackedRows = new Map([[id, toTrackedRow(Number(assignments[0]?.change ?? 0))]])
      states.set(id, { exists: true, hasEnded: false, trackedRows })
    }
    return states
  },

  parse(message) {
    const { userId, revision } = assignmentsMessage.parse(message)
    return [{ id: userId, trackedRow: toTrackedRow(revision) }]
  },

  load: (id, projection) => database.user.findUnique({ ...projection, where: { id } }),
})
