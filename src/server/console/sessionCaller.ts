import { ForbiddenError } from '../../services/kernel/errors.ts'
import type { Sessions } from '../../services/session/sessions.ts'
import type { AuthenticateSession } from '../caller.ts'
import type { AddressLimits } from './addressLimits.ts'
import { hasSessionCookie, readCookie } from './cookies.ts'
import type { Sites } from './sites.ts'

interface SessionCallerOptions {
  sessions: Pick<Sessions, 'find' | 'isKnown' | 'onEnd'>
  addressLimits: AddressLimits
  sites: Sites
}

/** Creates the authentication by session cookie. Rejects with ForbiddenError or UnauthenticatedError. */
export const createAuthenticateSession =
  ({ sessions, addressLimits, sites }: SessionCallerOptions): AuthenticateSession =>
  async (req, requestId) => {
    if (!hasSessionCookie(req)) return null
    // Before the session is looked up: browsers add the cookie on their own, whichever page asks.
    const site = sites.of(req)
    if (site === null)
      throw new ForbiddenError(
        "A request with a session cookie needs the server's own Origin. Send it from a page of the server, or send a token.",
      )
    const id = readCookie(req, 'session', site)
    if (id === null) return null
    const find = () => sessions.find(id)
    // A known session is not refused because of others at its address.
    const { userId, role, endsAt } = await (sessions.isKnown(id) ? find() : addressLimits.countRefusals(req, find))
    return {
      actor: { type: 'user', userId, role, requestId },
      credential: 'session',
      expiresAt: endsAt,
      onRefusal: (refuse) => sessions.onEnd(id, refuse),
    }
  }
