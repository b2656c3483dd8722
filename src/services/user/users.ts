import { z } from 'zod'
import type { User } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import { type Actor, system, type UserActor } from '../kernel/actor.ts'
import { RateLimitedError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { line, parseInput, tokenClaim } from '../kernel/input.ts'
import { enforce, mayReadUser, mayUpsertUsers } from '../kernel/policies.ts'
import type { Database, TokenIdentity, Transaction } from '../kernel/ports.ts'
import { runInLane } from '../locking/lanes.ts'
import { lockUsers } from '../locking/rowLocks.ts'
import { createUserList, type UserList } from './list.ts'

export interface UserUpsertInput {
  externalId: string
  name: string
}

export interface Users extends UserList {
  /** Finds or creates the user behind a token, and keeps kind, role and a new name as in the last token seen. */
  resolveActor(identity: TokenIdentity, requestId: string | null): Promise<UserActor>
  /** The row behind each id, in order; null where there is none. */
  byIds(ids: readonly string[]): Promise<(User | null)[]>
  viewer(actor: Actor & { type: 'user' }, query: object): Promise<User>
  /** Null also where the caller may not know of them. */
  find(actor: Actor, id: string, query: object): Promise<User | null>
  /** Makes the user before their first token, or renames them; may be repeated. */
  upsert(actor: Actor, input: UserUpsertInput): Promise<User>
}

interface UsersOptions {
  database: Database
}

const upsertShape = z.object({ externalId: tokenClaim, name: line(255) })

/** Nothing that the last token did not say: a name that was changed since then stays. */
const isUpToDate = (user: User, identity: TokenIdentity): boolean =>
  user.tokenName === identity.name && user.role === identity.role && user.kind === identity.kind

/** Makes the user where there is none. */
const findOrCreate = async (transaction: Transaction, actor: Actor, user: Omit<User, 'id' | 'createdAt'>) => {
  const { externalId, name } = user
  const created = await transaction.user.createMany({ data: [user], skipDuplicates: true })
  const row = await transaction.user.findUniqueOrThrow({ where: { externalId } })
  const isNew = created.count === 1
  if (isNew)
    await record(transaction, actor, {
      action: 'user.appeared',
      nodeType: 'User',
      nodeId: row.id,
      mediaId: null,
      data: { externalId, name },
    })
  return { isNew, settled: row }
}

/** One after the other: what tokens and upserts say at the same moment. References to the user do not wait for this lock. */
const updateUser = async (
  transaction: Transaction,
  actor: Actor,
  id: string,
  toPatch: (previous: User) => Partial<User>,
): Promise<User> => {
  await lockUsers(transaction, [id])
  const previous = await transaction.user.findUniqueOrThrow({ where: { id } })
  const updated = await transaction.user.update({ where: { id }, data: toPatch(previous) })
  const { name, role, kind } = updated
  if (name !== previous.name || role !== previous.role || kind !== previous.kind)
    await record(transaction, actor, {
      action: 'user.changed',
      nodeType: 'User',
      nodeId: updated.id,
      mediaId: null,
      data: { name, role, kind },
    })
  return updated
}

export const createUsers = ({ database }: UsersOptions): Users => {
  /** Tokens repeat with every call: only one that says something new is worth a statement. */
  const userCache = new Map<string, User>()

  /** What a token says of somebody whose row is held for long is taken in by a later call. */
  const syncFromToken = async (identity: TokenIdentity): Promise<User> => {
    const { externalId, name, role, kind } = identity
    const tokenFields = { name, tokenName: name, role, kind }
    const toPatch = ({ tokenName }: User) => (tokenName === name ? { role, kind } : tokenFields)
    const existing = await database.user.findUnique({ where: { externalId } })
    if (existing === null)
      return database.$transaction(async (transaction) => {
        const { isNew, settled: row } = await findOrCreate(transaction, system, { externalId, ...tokenFields })
        return isNew ? row : updateUser(transaction, system, row.id, toPatch)
      })
    if (isUpToDate(existing, identity)) return existing
    return runInLane(database, 'callers', (transaction) => updateUser(transaction, system, existing.id, toPatch)).catch(
      (error: unknown) => {
        if (error instanceof RateLimitedError) return existing
        throw error
      },
    )
  }

  return {
    ...createUserList(database),

    async resolveActor(identity, requestId) {
      const cached = userCache.get(identity.externalId)
      const user = cached !== undefined && isUpToDate(cached, identity) ? cached : await syncFromToken(identity)
      if (userCache.size >= 10_000) userCache.clear()
      userCache.set(identity.externalId, user)
      return { type: 'user', userId: user.id, role: identity.role, requestId }
    },

    async byIds(ids) {
      const users = await database.user.findMany({ where: { id: { in: [...new Set(ids)] } } })
      const byId = new Map(users.map((user) => [user.id, user]))
      return ids.map((id) => byId.get(id) ?? null)
    },

    viewer: (actor, query) => database.user.findUniqueOrThrow({ ...query, where: { id: actor.userId } }),

    async find(actor, nodeId, query) {
      const id = parseId('User', nodeId)
      return mayReadUser(actor, { id }) === null ? database.user.findUnique({ ...query, where: { id } }) : null
    },

    async upsert(actor, raw) {
      enforce(mayUpsertUsers(actor))
      const { externalId, name } = parseInput(upsertShape, raw)
      const existing = await database.user.findUnique({ where: { externalId } })
      if (existing?.name === name) return existing
      return runInLane(database, 'assignments', async (transaction) => {
        const newUserDefaults = { tokenName: null, role: 'VIEWER', kind: 'PERSON' } as const
        const { isNew, settled: row } = await findOrCreate(transaction, actor, { externalId, name, ...newUserDefaults })
        return isNew ? row : updateUser(transaction, actor, row.id, () => ({ name }))
      })
    },
  }
}
