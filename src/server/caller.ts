import type { UserActor } from '../services/kernel/actor.ts'
import { UnauthenticatedError } from '../services/kernel/errors.ts'
import type { Authenticator } from '../services/kernel/ports.ts'
import type { Users } from '../services/user/users.ts'

/** Somebody signed in, for as long as the token says. */
export interface Caller {
  actor: UserActor
  expiresAt: Date | null
}

export type Recognise = (authorization: string | undefined, requestId: string) => Promise<Caller>

const bearer = /^Bearer +(\S+)$/i

/** From an Authorization header, or what a WebSocket client sends in its place. Rejects with UnauthenticatedError. */
export const createRecognise =
  (authenticator: Authenticator, users: Users): Recognise =>
  async (authorization, requestId) => {
    const token = bearer.exec(authorization ?? '')?.[1]
    if (token === undefined)
      throw new UnauthenticatedError('A token is needed: send it as `Authorization: Bearer <token>`.')
    const identity = await authenticator.authenticate(token)
    return { actor: await users.recognise(identity, requestId), expiresAt: identity.expiresAt }
  }

const longestTimerMs = 2 ** 31 - 1

/** Calls back when the token expires; a timer cannot wait longer than 24 days, so it may take several. */
export const onExpiry = (expiresAt: Date | null, expire: () => void): (() => void) => {
  if (expiresAt === null) return () => undefined
  let timer: NodeJS.Timeout
  const wait = (): void => {
    const leftMs = expiresAt.getTime() - Date.now()
    if (leftMs <= 0) {
      expire()
      return
    }
    timer = setTimeout(wait, Math.min(leftMs, longestTimerMs))
    timer.unref()
  }
  wait()
  return () => clearTimeout(timer)
}
