import { createRemoteJWKSet, errors, type JWKSCacheInput, type JWTPayload, jwksCache, jwtVerify } from 'jose'
import type { AuthConfig } from '../services/config/config.ts'

/** Tolerated difference between the issuer's clock and ours; a token stays valid that much longer. */
export const clockToleranceSeconds = 5

interface TokenVerifier {
  verify(token: string): Promise<JWTPayload>
  /** Returns an object that is another one after each change of the keys; null if they have to be fetched first. */
  currentKeys(): object | null
}

export interface AuthenticatorOptions {
  /** Minimum time between two requests for the issuer's keys, whatever key a token names; 30 s by default. */
  cooldownMs?: number
}

export const createVerifier = (
  auth: Exclude<AuthConfig, { type: 'generated' }>,
  { cooldownMs = 30_000 }: AuthenticatorOptions,
): TokenVerifier => {
  if (auth.type === 'hs256') {
    const key = new TextEncoder().encode(auth.secret)
    const options = { algorithms: ['HS256'], clockTolerance: clockToleranceSeconds }
    return { verify: async (token) => (await jwtVerify(token, key, options)).payload, currentKeys: () => key }
  }
  const cache: JWKSCacheInput = {}
  const keys = createRemoteJWKSet(new URL(auth.url), { cooldownDuration: cooldownMs, [jwksCache]: cache })
  // No symmetric algorithm: a public key must not be usable as a secret.
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
  const { issuer, audience } = auth
  const options = { algorithms, issuer, audience, clockTolerance: clockToleranceSeconds }
  return {
    verify: async (token) => (await jwtVerify(token, keys, options)).payload,
    currentKeys: () => (keys.fresh ? (cache.jwks ?? null) : null),
  }
}

/** Errors of the token itself. Failing to fetch the key set is not the caller's fault and stays a bug. */
const tokenErrors = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]

export const isTokenError = (error: unknown): boolean => tokenErrors.some((errorClass) => error instanceof errorClass)
