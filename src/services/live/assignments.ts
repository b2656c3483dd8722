import type { User } from '../../../prisma/generated/client/client.ts'
import { assignmentsChannel, assignmentsMessage } from '../kernel/assignmentMessages.ts'
import type { Database } from '../kernel/ports.ts'
import type { Part } from './snapshot.ts'
import type { Source, State } from './source.ts'

const partOf = (revision: number): Part => ({ revision, live: 0, fields: {} })

/** A user, by the newest change of one of their assignments: each change is drawn from one sequence, under the user's lock. */
export const assignmentsSource = (database: Database): Source<User> => ({
  channel: assignmentsChannel,
  partLists: [],
  ended: () => false,

  async states(ids) {
    const states = new Map<string, State | null>(ids.map((id) => [id, null]))
    const users = await database.user.findMany({
      where: { id: { in: [...ids] } },
      select: { id: true, assignments: { select: { change: true }, orderBy: { change: 'desc' }, take: 1 } },
    })
    for (const { id, assignments } of users) {
      const parts = new Map([[id, partOf(Number(assignments[0]?.change ?? 0))]])
      states.set(id, { present: true, ended: false, parts })
    }
    return states
  },

  parse(message) {
    const { userId, revision } = assignmentsMessage.parse(message)
    return [{ id: userId, part: partOf(revision) }]
  },

  load: (id, projection) => database.user.findUnique({ ...projection, where: { id } }),
})
