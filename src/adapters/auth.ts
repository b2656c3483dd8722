import { errors, type JWTPayload, SignJWT } from 'jose'
import { z } from 'zod'
import type { AuthConfig } from '../services/config/config.ts'
import { TokenExpiredError, UnauthenticatedError } from '../services/kernel/errors.ts'
import { tokenClaim } from '../services/kernel/input.ts'
import type { Authenticator, TokenIdentity } from '../services/kernel/ports.ts'
import { type AuthenticatorOptions, clockToleranceSeconds, createVerifier, isTokenError } from './tokenVerifier.ts'

/** Latest expiry that a Date can represent; a later one would never expire. */
const maxExpirySeconds = 8_640_000_000_000 - clockToleranceSeconds

const roles = { viewer: 'VIEWER', editor: 'EDITOR', admin: 'ADMIN' } as const
export type TokenRole = keyof typeof roles

const claims = z.object({
  sub: tokenClaim,
  name: tokenClaim.optional(),
  role: z.enum(['viewer', 'editor', 'admin']),
  /** `service` for programs; `person` if absent. */
  kind: z.enum(['person', 'service']).optional(),
  exp: z.number().positive().max(maxExpirySeconds),
})

const parseIdentity = (payload: JWTPayload): TokenIdentity => {
  const result = claims.safeParse(payload)
  if (!result.success)
    throw new UnauthenticatedError(
      'The token has an invalid claim. Request one with a valid sub, role (viewer, editor or admin) and exp.',
      {
        cause: result.error,
      },
    )
  const { sub, name, role, kind, exp } = result.data
  return {
    externalId: sub,
    name: name ?? sub,
    role: roles[role],
    kind: kind === 'service' ? 'SERVICE' : 'PERSON',
    expiresAt: new Date((exp + clockToleranceSeconds) * 1000),
  }
}

export const createAuthenticator = (
  auth: Exclude<AuthConfig, { type: 'generated' }>,
  options: AuthenticatorOptions = {},
): Authenticator => {
  const verify = createVerifier(auth, options)
  return {
    async authenticate(token) {
      const payload = await verify(token).catch((cause: unknown) => {
        if (!isTokenError(cause)) throw cause
        if (cause instanceof errors.JWTExpired)
          throw new TokenExpiredError('The token has expired. Request a new one.', { cause })
        throw new UnauthenticatedError('The token is invalid. Request a new one.', { cause })
      })
      return parseIdentity(payload)
    },
  }
}

export interface TokenOptions {
  sub: string
  name: string
  role: TokenRole
  kind: 'person' | 'service'
  /** Lifetime in the format of jose: `12h`, `7 days`. */
  expires: string
}

/** Creates a token for development; production tokens come from the school's login service. */
export const makeToken = (secret: string, { sub, name, role, kind, expires }: TokenOptions): Promise<string> =>
  new SignJWT({ name, role, kind })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret))
