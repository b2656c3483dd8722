import { z } from 'zod'
import type { User } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import { type Actor, system, type UserActor } from '../kernel/actor.ts'
import { RateLimitedError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { claim, line, parseInput } from '../kernel/input.ts'
import { enforce, mayReadUser, mayUpsertUsers } from '../kernel/policies.ts'
import type { Database, Identity, Transaction } from '../kernel/ports.ts'
import { takeTurn } from '../locking/lanes.ts'
import { lockUsers } from '../locking/rowLocks.ts'
import { createUserList, type UserList } from './list.ts'

export interface UserUpsertInput {
  externalId: string
  name: string
}

export interface Users extends UserList {
  /** Finds or creates the user behind a token, and keeps kind, role and a new name as in the last token seen. */
  recognise(identity: Identity, requestId: string | null): Promise<UserActor>
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

const upsertShape = z.object({ externalId: claim, name: line(255) })

/** Nothing that the last token did not say: a name that was changed since then stays. */
const isTakenIn = (user: User, identity: Identity): boolean =>
  user.tokenName === identity.name && user.role === identity.role && user.kind === identity.kind

/** Makes the user where there is none. */
const settle = async (transaction: Transaction, actor: Actor, user: Omit<User, 'id' | 'createdAt'>) => {
  const { externalId, name } = user
  const created = await transaction.user.createMany({ data: [user], skipDuplicates: true })
  const settled = await transaction.user.findUniqueOrThrow({ where: { externalId } })
  const isNew = created.count === 1
  if (isNew)
    await record(transaction, actor, {
      action: 'user.appeared',
      nodeType: 'User',
      nodeId: settled.id,
      mediaId: null,
      data: { externalId, name },
    })
  return { isNew, settled }
}

/** One after the other: what tokens and upserts say at the same moment. References to the user do not wait for this lock. */
const change = async (
  transaction: Transaction,
  actor: Actor,
  id: string,
  said: (before: User) => Partial<User>,
): Promise<User> => {
  await lockUsers(transaction, [id])
  const before = await transaction.user.findUniqueOrThrow({ where: { id } })
  const after = await transaction.user.update({ where: { id }, data: said(before) })
  const { name, role, kind } = after
  if (name !== before.name || role !== before.role || kind !== before.kind)
    await record(transaction, actor, {
      action: 'user.changed',
      nodeType: 'User',
      nodeId: after.id,
      mediaId: null,
      data: { name, role, kind },
    })
  return after
}

export const createUsers = ({ database }: UsersOptions): Users => {
  /** Tokens repeat with every call: only one that says something new is worth a statement. */
  const seen = new Map<string, User>()

  /** What a token says of somebody whose row is held for long is taken in by a later call. */
  const takeIn = async (identity: Identity): Promise<User> => {
    const { externalId, name, role, kind } = identity
    const said = { name, tokenName: name, role, kind }
    const saidTo = ({ tokenName }: User) => (tokenName === name ? { role, kind } : said)
    const known = await database.user.findUnique({ where: { externalId } })
    if (known === null)
      return database.$transaction(async (transaction) => {
        const { isNew, settled } = await settle(transaction, system, { externalId, ...said })
        return isNew ? settled : change(transaction, system, settled.id, saidTo)
      })
    if (isTakenIn(known, identity)) return known
    return takeTurn(database, 'callers', (transaction) => change(transaction, system, known.id, saidTo)).catch(
      (error: unknown) => {
        if (error instanceof RateLimitedError) return known
        throw error
      },
    )
  }

  return {
    ...createUserList(database),

    async recognise(identity, requestId) {
      const known = seen.get(identity.externalId)
      const user = known !== undefined && isTakenIn(known, identity) ? known : await takeIn(identity)
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

    async find(actor, text, query) {
      const id = parseId('User', text)
      return mayReadUser(actor, { id }) === null ? database.user.findUnique({ ...query, where: { id } }) : null
    },

    async upsert(actor, raw) {
      enforce(mayUpsertUsers(actor))
      const { externalId, name } = parseInput(upsertShape, raw)
      const known = await database.user.findUnique({ where: { externalId } })
      if (known?.name === name) return known
      return takeTurn(database, 'assignments', async (transaction) => {
        const unseen = { tokenName: null, role: 'VIEWER', kind: 'PERSON' } as const
        const { isNew, settled } = await settle(transaction, actor, { externalId, name, ...unseen })
        return isNew ? settled : change(transaction, actor, settled.id, () => ({ name }))
      })
    },
  }
}
