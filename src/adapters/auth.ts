import { errors, type JWTPayload, SignJWT } from 'jose'
import { z } from 'zod'
import type { AuthConfig } from '../services/config/config.ts'
import { cleanLine } from '../services/kernel/cleanText.ts'
import { TokenExpiredError, UnauthenticatedError } from '../services/kernel/errors.ts'
import { label, subject } from '../services/kernel/input.ts'
import type { Authenticator, TokenIdentity } from '../services/kernel/ports.ts'
import { withTokenCache } from './tokenCache.ts'
import type { TokenKeysOptions } from './tokenKeys.ts'
import { clockToleranceSeconds, createVerifier, isTokenError } from './tokenVerifier.ts'

/** Latest expiry that a Date can represent; a later one would never expire. */
const maxExpirySeconds = 8_640_000_000_000 - clockToleranceSeconds

/** Maximum length of a name in characters; longer ones are cut. */
const maxNameLength = 255

const roles = { viewer: 'VIEWER', editor: 'EDITOR', admin: 'ADMIN' } as const
export type TokenRole = keyof typeof roles

const claims = z.object({
  sub: subject,
  /** A token without a usable name is valid. */
  name: label(maxNameLength).nullish(),
  role: z.enum(['viewer', 'editor', 'admin']),
  /** `service` for programs; `person` if absent. */
  kind: z.enum(['person', 'service']).optional(),
  exp: z.number().positive().max(maxExpirySeconds),
})

const claimMessage = (claim: string): string =>
  `The claim "${claim}" of the token is missing or invalid. Request a token with a valid one (role: viewer, editor or admin).`

const parseIdentity = (payload: JWTPayload): TokenIdentity & { expiresAt: Date } => {
  const result = claims.safeParse(payload)
  if (!result.success)
    throw new UnauthenticatedError(claimMessage(String(result.error.issues[0]?.path[0])), { cause: result.error })
  const { sub, name, role, kind, exp } = result.data
  return {
    externalId: sub,
    name: name ?? cleanLine(sub, maxNameLength),
    hasName: name != null,
    role: roles[role],
    kind: kind === 'service' ? 'SERVICE' : 'PERSON',
    expiresAt: new Date((exp + clockToleranceSeconds) * 1000),
  }
}

const reasonOf = (cause: unknown): string =>
  cause instanceof errors.JWTClaimValidationFailed
    ? claimMessage(cause.claim)
    : 'The token is invalid. Request a new one.'

export const createAuthenticator = (
  auth: Exclude<AuthConfig, { type: 'generated' }>,
  options: TokenKeysOptions = {},
): Authenticator => {
  const { verify, currentKeys, onKeysChange } = createVerifier(auth, options)
  const readIdentity = async (token: string) => {
    const payload = await verify(token).catch((cause: unknown) => {
      if (!isTokenError(cause)) throw cause
      if (cause instanceof errors.JWTExpired)
        throw new TokenExpiredError('The token has expired. Request a new one.', { cause })
      throw new UnauthenticatedError(reasonOf(cause), { cause })
    })
    return parseIdentity(payload)
  }
  return { authenticate: withTokenCache(readIdentity, currentKeys), onKeysChange }
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
