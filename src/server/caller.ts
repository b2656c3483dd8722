import type { IncomingMessage } from 'node:http'
import type { UserActor } from '../services/kernel/actor.ts'
import { UnauthenticatedError } from '../services/kernel/errors.ts'
import type { Authenticator } from '../services/kernel/ports.ts'
import type { Users } from '../services/user/users.ts'
import { createTokenWatch } from './tokenWatch.ts'

/** Authenticated user, valid until the token or session ends. */
export interface Caller {
  actor: UserActor
  /** Proof that the caller has sent, for messages. */
  credential: 'token' | 'session'
  expiresAt: Date | null
  /**
   * Calls back once the token is refused because the keys have changed, or the session has ended by a sign-out. Returns a
   * function that cancels.
   */
  onRefusal(refuse: (error: UnauthenticatedError) => void): () => void
}

/** `request` is that of a browser, whose session cookie counts if there is no authorization at all. */
export type Authenticate = (
  authorization: string | undefined,
  requestId: string,
  request?: IncomingMessage,
) => Promise<Caller>

/** Returns the caller that a request's session cookie stands for; null without such a cookie. */
export type AuthenticateSession = (request: IncomingMessage, requestId: string) => Promise<Caller | null>

const bearerPattern = /^Bearer +(\S+)$/i

/**
 * Creates the authentication by an Authorization header or its equivalent of a WebSocket client, else by the session
 * cookie. An invalid token is refused, whatever the cookie is. Rejects with UnauthenticatedError, or with ForbiddenError
 * if the page of another site sends the cookie.
 */
export const createAuthenticate = (
  authenticator: Authenticator,
  users: Users,
  authenticateSession?: AuthenticateSession,
): Authenticate => {
  const watchToken = createTokenWatch(authenticator)

  return async (authorization, requestId, request) => {
    if (authorization === undefined && request !== undefined) {
      const caller = await authenticateSession?.(request, requestId)
      if (caller) return caller
    }
    const token = bearerPattern.exec(authorization ?? '')?.[1]
    if (token === undefined)
      throw new UnauthenticatedError('A token is required. Send it as `Authorization: Bearer <token>`.')
    const identity = await authenticator.authenticate(token)
    return {
      actor: await users.resolveActor(identity, requestId),
      credential: 'token',
      expiresAt: identity.expiresAt,
      onRefusal: (refuse) => watchToken(token, refuse),
    }
  }
}

const maxTimerMs = 2 ** 31 - 1

/**
 * Calls back when the token expires. A timer cannot wait longer than 24 days, so it may take several. Returns a
 * function that cancels.
 */
export const onExpiry = (expiresAt: Date | null, expire: () => void): (() => void) => {
  if (expiresAt === null) return () => undefined
  let timer: NodeJS.Timeout
  const schedule = (): void => {
    const remainingMs = expiresAt.getTime() - Date.now()
    if (remainingMs <= 0) {
      expire()
      return
    }
    timer = setTimeout(schedule, Math.min(remainingMs, maxTimerMs))
    timer.unref()
  }
  schedule()
  return () => clearTimeout(timer)
}
