import { z } from 'zod'
import type { User } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { type Actor, systemActor, type UserActor } from '../kernel/actor.ts'
import { RateLimitedError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { inOrder } from '../kernel/inOrder.ts'
import { parseInput, requiredLabel, subject } from '../kernel/input.ts'
import { enforce, mayReadUser, mayUpsertUsers } from '../kernel/policies.ts'
import type { Database, TokenIdentity, Transaction } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockUsers } from '../locking/rowLocks.ts'
import { createUserList, type UserList } from './list.ts'

const upsertShape = z.object({ externalId: subject, name: requiredLabel(255) })
type UserUpsertInput = z.input<typeof upsertShape>

export interface Users extends UserList {
  /** Finds or creates the user of a token, and stores its kind, role and name if they differ from the last token's. */
  resolveActor(identity: TokenIdentity, requestId: string | null): Promise<UserActor>
  /** Returns the row of each id, in order; null for an unknown id. */
  byIds(ids: readonly string[]): Promise<(User | null)[]>
  viewer(actor: Actor & { type: 'user' }, query: object): Promise<User>
  /** Returns null also if the caller may not read this user. */
  find(actor: Actor, id: string, query: object): Promise<User | null>
  /** Creates a user before their first token, or renames them; can be repeated. */
  upsert(actor: Actor, input: UserUpsertInput): Promise<User>
}

interface UsersOptions {
  database: Database
  lanes: Lanes
}

/** Whether the name of a user stays: the token has none, or that of the last token, after which it may have been changed. */
const keepsName = ({ tokenName }: User, { hasName, name }: TokenIdentity): boolean => !hasName || tokenName === name

/** True if the token changes nothing. */
const isUpToDate = (user: User, identity: TokenIdentity): boolean =>
  keepsName(user, identity) && user.role === identity.role && user.kind === identity.kind

/** Returns the user, and creates it if it does not exist. */
const findOrCreate = async (transaction: Transaction, actor: Actor, user: Omit<User, 'id' | 'createdAt'>) => {
  const { externalId, name } = user
  const created = await transaction.user.createMany({ data: [user], skipDuplicates: true })
  const row = await transaction.user.findUniqueOrThrow({ where: { externalId } })
  const isNew = created.count === 1
  if (isNew) await record(transaction, actor, 'user.appeared', row, { externalId, name })
  return { isNew, row }
}

/** Updates a user under a lock that serialises tokens and upserts. Rows that refer to the user do not wait for it. */
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
    await record(transaction, actor, 'user.changed', updated, { name, role, kind })
  return updated
}

/** A batch locks the rows of its users, all of whom may send requests meanwhile: none of them waits longer than this. */
const signInOptions = { activity: 'requests with a new user, name or role', timeoutMs: 1000 }

export const createUsers = ({ database, lanes }: UsersOptions): Users => {
  /** Users by external id. Every call brings a token: only one with new claims costs a statement. */
  const userCache = new Map<string, User>()

  /**
   * Stores the claims of a token. If another transaction holds the user's row for too long, a later call stores them.
   */
  const syncFromToken = async (identity: TokenIdentity): Promise<User> => {
    const { externalId, name, hasName, role, kind } = identity
    const tokenFields = { name, tokenName: hasName ? name : null, role, kind }
    const toPatch = (user: User) => (keepsName(user, identity) ? { role, kind } : tokenFields)
    const existing = await database.user.findUnique({ where: { externalId } })
    if (existing === null)
      return database.$transaction(async (transaction) => {
        const { isNew, row } = await findOrCreate(transaction, systemActor, { externalId, ...tokenFields })
        return isNew ? row : updateUser(transaction, systemActor, row.id, toPatch)
      })
    if (isUpToDate(existing, identity)) return existing
    return lanes
      .run('interactive', signInOptions, (transaction) => updateUser(transaction, systemActor, existing.id, toPatch))
      .catch((error: unknown) => {
        if (error instanceof RateLimitedError) return existing
        throw error
      })
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
      return inOrder(ids, users)
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
      return lanes.run('people', { activity: 'changes of users' }, async (transaction) => {
        const newUserDefaults = { tokenName: null, role: 'VIEWER', kind: 'PERSON' } as const
        const { isNew, row } = await findOrCreate(transaction, actor, { externalId, name, ...newUserDefaults })
        return isNew ? row : updateUser(transaction, actor, row.id, () => ({ name }))
      })
    },
  }
}
