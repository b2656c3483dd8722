import type { User } from '../../prisma/generated/client/client.ts'
import type { Actor, UserActor } from './actor.ts'
import { system } from './actor.ts'
import { record } from './events.ts'
import type { Database, Identity } from './ports.ts'

export interface Users {
  /** Finds or creates the user behind a token, and keeps name, kind and role as in the last token seen. */
  recognise(identity: Identity, requestId: string | null): Promise<UserActor>
  /** The row behind each id, in order; null where there is none. */
  byIds(ids: readonly string[]): Promise<(User | null)[]>
  viewer(actor: Actor & { type: 'user' }, query: object): Promise<User>
}

interface UsersOptions {
  database: Database
}

const isUpToDate = (user: User, identity: Identity): boolean =>
  user.name === identity.name && user.role === identity.role && user.kind === identity.kind

export const createUsers = ({ database }: UsersOptions): Users => {
  /** Tokens repeat with every call: only one that says something new is worth a statement. */
  const seen = new Map<string, User>()

  const appear = async (identity: Identity): Promise<User> => {
    const { externalId, name, role, kind } = identity
    return database.$transaction(async (transaction) => {
      const created = await transaction.user.createMany({
        data: [{ externalId, name, role, kind }],
        skipDuplicates: true,
      })
      const before = await transaction.user.findUniqueOrThrow({ where: { externalId } })
      const node = { nodeType: 'User', nodeId: before.id, mediaId: null } as const
      if (created.count === 1) {
        await record(transaction, system, { ...node, action: 'user.appeared', data: { externalId, name } })
        return before
      }
      if (isUpToDate(before, identity)) return before
      await record(transaction, system, { ...node, action: 'user.changed', data: { name, role, kind } })
      return transaction.user.update({ where: { id: before.id }, data: { name, role, kind } })
    })
  }

  return {
    async recognise(identity, requestId) {
      const known = seen.get(identity.externalId)
      const user = known !== undefined && isUpToDate(known, identity) ? known : await appear(identity)
      if (seen.size >= 10_000) seen.clear()
      seen.set(identity.externalId, user)
      return { type: 'user', userId: user.id, role: identity.role, requestId }
    },

    async byIds(ids) {
      const users = await database.user.findMany({ where: { id: { in: [...new Set(ids)] } } })
      const byId = new Map(users.map((user) => [user.id, user]))
      return ids.map((id) => byId.get(id) ?? null)
    },

    viewer: (actor, query) => database.user.findUniqueOrThrow({ ...query, where: { id: actor.userId } }),
  }
}
