import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { AuthConfig } from '../services/config/config.ts'
import { createTokenKeys, type TokenKeys, type TokenKeysOptions } from './tokenKeys.ts'

/** Tolerated difference between the issuer's clock and ours; a token stays valid that much longer. */
export const clockToleranceSeconds = 5

interface TokenVerifier {
  verify(token: string): Promise<JWTPayload>
  currentKeys: TokenKeys['current']
  onKeysChange: TokenKeys['onChange']
}

export const createVerifier = (
  auth: Exclude<AuthConfig, { type: 'generated' }>,
  options: TokenKeysOptions,
): TokenVerifier => {
  if (auth.type === 'hs256') {
    const key = new TextEncoder().encode(auth.secret)
    const claims = { algorithms: ['HS256'], clockTolerance: clockToleranceSeconds }
    return {
      verify: async (token) => (await jwtVerify(token, key, claims)).payload,
      currentKeys: () => key,
      onKeysChange: () => () => undefined,
    }
  }
  const keys = createTokenKeys(auth.url, options)
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
  const claims = { algorithms, issuer, audience, clockTolerance: clockToleranceSeconds }
  const verify = async (token: string): Promise<JWTPayload> => {
    try {
      return (await jwtVerify(token, keys.getKey, claims)).payload
    } finally {
      keys.noticeChange()
    }
  }
  return { verify, currentKeys: keys.current, onKeysChange: keys.onChange }
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
