import type { Role } from '../../../prisma/generated/client/enums.ts'

/** Caller of a service method: a person or program identified by a token, or the system itself (worker, sweeper). */
export type Actor = UserActor | SystemActor

export interface UserActor {
  type: 'user'
  /** Primary key of the user's row, not the token's `sub`. */
  userId: string
  /** Role in the token of this request; nothing else grants permissions. */
  role: Role
  requestId: string | null
  /** When the request arrived, by `performance.now()` of this process; absent outside the API's transports. */
  receivedAtMs?: number
  /** Key of an idempotent call. Once another request runs the call, this one can commit no further change. */
  idempotencyKey?: string
}

export interface SystemActor {
  type: 'system'
  requestId: string | null
}

export const systemActor: SystemActor = { type: 'system', requestId: null }

/** Returns an upload's owner as the actor, for requests that carry only an upload token and for the worker. */
export const uploaderActor = (userId: string): UserActor => ({ type: 'user', userId, role: 'EDITOR', requestId: null })

/** Returns when the request of a call arrived, by `performance.now()`: now, for a call without a request. */
export const receivedAtMsOf = (actor: Actor): number =>
  (actor.type === 'user' ? actor.receivedAtMs : undefined) ?? performance.now()

/** Returns the value for columns that name the acting user: null for the system. */
export const actorId = (actor: Actor): string | null => (actor.type === 'user' ? actor.userId : null)
