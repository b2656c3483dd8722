import type { Role } from '../../../prisma/generated/client/enums.ts'

/** Who calls: a person or program known from its token, or the system itself (worker, sweeper). */
export type Actor = UserActor | SystemActor

export interface UserActor {
  type: 'user'
  /** Primary key of the user's row, not the token's `sub`. */
  userId: string
  /** The role in the token of this very call, which alone decides. */
  role: Role
  requestId: string | null
  /** Of a keyed call, which changes nothing any more once somebody else runs it. */
  idempotencyKey?: string
}

export interface SystemActor {
  type: 'system'
  requestId: string | null
}

export const system: SystemActor = { type: 'system', requestId: null }

/** The owner of an upload: requests that carry only an upload token, and the worker on the owner's behalf, act as this. */
export const uploaderActor = (userId: string): UserActor => ({ type: 'user', userId, role: 'EDITOR', requestId: null })

/** For columns that name the acting user: null where the system acted. */
export const actorId = (actor: Actor): string | null => (actor.type === 'user' ? actor.userId : null)
