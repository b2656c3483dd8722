import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { AuthConfig } from '../services/config/config.ts'

/** Tolerated difference between the issuer's clock and ours; a token stays valid that much longer. */
export const clockToleranceSeconds = 5

type VerifyToken = (token: string) => Promise<JWTPayload>

export interface AuthenticatorOptions {
  /** Minimum time between two requests for the issuer's keys, whatever key a token names; 30 s by default. */
  cooldownMs?: number
}

export const createVerifier = (
  auth: Exclude<AuthConfig, { type: 'generated' }>,
  { cooldownMs = 30_000 }: AuthenticatorOptions,
): VerifyToken => {
  if (auth.type === 'hs256') {
    const key = new TextEncoder().encode(auth.secret)
    const options = { algorithms: ['HS256'], clockTolerance: clockToleranceSeconds }
    return async (token) => (await jwtVerify(token, key, options)).payload
  }
  const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(auth.url), { cooldownDuration: cooldownMs })
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
  return async (token) => (await jwtVerify(token, keys, options)).payload
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
