import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { AuthConfig } from '../services/config.ts'
import { UnauthenticatedError } from '../services/errors.ts'
import type { Authenticator, Identity } from '../services/ports.ts'

const toleranceSeconds = 5

const roles = { viewer: 'VIEWER', editor: 'EDITOR', admin: 'ADMIN' } as const
export type TokenRole = keyof typeof roles

const claims = z.object({
  sub: z.string().min(1).max(255),
  name: z.string().trim().min(1).max(255).optional(),
  role: z.enum(['viewer', 'editor', 'admin']),
  /** `service` for programs. */
  kind: z.enum(['person', 'service']).optional(),
  exp: z.number(),
})

const identityOf = (payload: JWTPayload): Identity => {
  const parsed = claims.safeParse(payload)
  if (!parsed.success)
    throw new UnauthenticatedError('The token lacks a valid sub, role (viewer, editor or admin) or exp.', {
      cause: parsed.error,
    })
  const { sub, name, role, kind, exp } = parsed.data
  return {
    externalId: sub,
    name: name ?? sub,
    role: roles[role],
    kind: kind === 'service' ? 'SERVICE' : 'PERSON',
    expiresAt: new Date(exp * 1000),
  }
}

type Verify = (token: string) => Promise<JWTPayload>

const verifyWith = (auth: Exclude<AuthConfig, { type: 'generated' }>): Verify => {
  if (auth.type === 'hs256') {
    const key = new TextEncoder().encode(auth.secret)
    const options = { algorithms: ['HS256'], clockTolerance: toleranceSeconds }
    return async (token) => (await jwtVerify(token, key, options)).payload
  }
  const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(auth.url))
  // Never a symmetric one: a public key must not be usable as a secret.
  const algorithms = [
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'Ed25519',
  ]
  return async (token) => (await jwtVerify(token, keys, { algorithms, clockTolerance: toleranceSeconds })).payload
}

/** What jose says of the token itself; that a key set cannot be reached is not the caller's fault, and stays a bug. */
const blamesToken = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC'

export const createAuthenticator = (auth: Exclude<AuthConfig, { type: 'generated' }>): Authenticator => {
  const verify = verifyWith(auth)
  return {
    async authenticate(token) {
      const payload = await verify(token).catch((cause: unknown) => {
        if (!blamesToken(cause)) throw cause
        const reason = cause instanceof errors.JWTExpired ? 'The token has expired.' : 'The token is not valid.'
        throw new UnauthenticatedError(reason, { cause })
      })
      return identityOf(payload)
    },
  }
}

export interface TokenOptions {
  sub: string
  name: string
  role: TokenRole
  kind: 'person' | 'service'
  /** As jose understands it: `12h`, `7 days`. */
  expires: string
}

/** Makes a token for trying things; real ones come from the login of the school. */
export const makeToken = (secret: string, { sub, name, role, kind, expires }: TokenOptions): Promise<string> =>
  new SignJWT({ name, role, kind })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret))
