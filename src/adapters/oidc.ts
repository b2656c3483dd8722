import * as oidc from 'openid-client'
import type { OidcConfig } from '../services/config/oidc.ts'
import { UnauthenticatedError, UnavailableError } from '../services/kernel/errors.ts'
import type { Logger, LoginService } from '../services/kernel/ports.ts'
import { readClaim } from '../services/session/roleClaim.ts'

interface LoginServiceOptions extends OidcConfig {
  publicUrl: string
  log: Logger
  /** How long each request to the login service may take; 5 s by default. */
  timeoutSeconds?: number
}

const retryAfterSeconds = 30

/** Latest time that a Date can represent. */
const maxTimeMs = 8.64e15

/** Codes of answers that come from a broken service or a proxy before it, not from the protocol. */
const outageCodes = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON']

const isOutage = (error: unknown): boolean =>
  (error instanceof TypeError && !('code' in error)) || // fetch failed
  (error instanceof oidc.ClientError && outageCodes.includes(error.code ?? '')) ||
  (error instanceof oidc.ResponseBodyError && error.status >= 500)

/** Refusals of this server itself: of its id, its secret or its redirect address. */
const clientErrors = ['invalid_client', 'unauthorized_client', 'invalid_request', 'unsupported_grant_type']

const isMisconfigured = (error: unknown): boolean =>
  error instanceof oidc.WWWAuthenticateChallengeError ||
  (error instanceof oidc.ResponseBodyError && clientErrors.includes(error.error))

/** Short names of errors, such as `invalid_grant`; other texts of the login service are not shown. */
const namePattern = /^[\w.-]{1,60}$/

const nameOf = (error: unknown): string => {
  const name =
    error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError
      ? error.error
      : (error as { code?: unknown }).code // as: absent in any other value
  return typeof name === 'string' && namePattern.test(name) ? name : 'unknown'
}

const createOutage = (cause: unknown): UnavailableError =>
  new UnavailableError(`The login service does not answer. Try again in ${retryAfterSeconds} s.`, retryAfterSeconds, {
    cause,
  })

/** Translates an error of the library. Only a bug stays what it is. */
const toRefusal = (error: unknown): unknown => {
  if (isOutage(error)) return createOutage(error)
  if (isMisconfigured(error))
    return new UnavailableError(
      `The login service does not accept this server (${nameOf(error)}). Tell an administrator.`,
      retryAfterSeconds,
      { cause: error },
    )
  if (error instanceof oidc.AuthorizationResponseError)
    return new UnauthenticatedError(`The login service has refused the sign-in (${nameOf(error)}). Sign in again.`)
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.ClientError)
    return new UnauthenticatedError(
      `The answer of the login service is not valid for this sign-in (${nameOf(error)}). Sign in again.`,
    )
  return error
}

/** OpenID Connect's default, unless the login service lists other methods only. */
const authenticateBy = (clientSecret: string): oidc.ClientAuth => {
  const [basic, post] = [oidc.ClientSecretBasic(clientSecret), oidc.ClientSecretPost(clientSecret)]
  return (server, ...request) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const usesPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic')
    return (usesPost ? post : basic)(server, ...request)
  }
}

/** Creates the client of a login service. It is asked at the first sign-in, so that the server starts without it. */
export const createLoginService = (options: LoginServiceOptions): LoginService => {
  const { issuer, clientId, clientSecret, roleClaim, publicUrl, log, timeoutSeconds = 5 } = options
  const callbackUrl = `${publicUrl}/console/callback`
  let discovery: Promise<oidc.Configuration> | null = null

  const discover = async (): Promise<oidc.Configuration> => {
    discovery ??= oidc.discovery(new URL(issuer), clientId, undefined, authenticateBy(clientSecret), {
      timeout: timeoutSeconds,
      execute: [
        // Also of tokens that come directly from the issuer.
        oidc.enableNonRepudiationChecks,
        // The configuration allows it on this machine only.
        ...(issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []),
      ],
    })
    return discovery.catch((error: unknown) => {
      discovery = null
      throw createOutage(error)
    })
  }

  const exchange: LoginService['verify'] = async (query, { state, nonce, codeVerifier }) => {
    const configuration = await discover()
    const tokens = await oidc.authorizationCodeGrant(configuration, new URL(`${callbackUrl}?${query}`), {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
      idTokenExpected: true,
    })
    const idToken = tokens.claims()
    if (idToken === undefined) throw new Error('The library has accepted an answer without an ID token.')
    const expiresAt = new Date(Math.min(idToken.exp * 1000, maxTimeMs))
    const isComplete = readClaim(idToken, roleClaim) !== undefined && idToken['name'] !== undefined
    if (isComplete || configuration.serverMetadata().userinfo_endpoint === undefined)
      return { claims: idToken, expiresAt }
    const userInfo = await oidc.fetchUserInfo(configuration, tokens.access_token, idToken.sub)
    return { claims: { ...userInfo, ...idToken }, expiresAt }
  }

  return {
    async pageUrl({ state, nonce, codeVerifier }) {
      const configuration = await discover()
      const { scopes_supported: scopes = [] } = configuration.serverMetadata()
      return oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: callbackUrl,
        scope: ['openid', 'profile', ...(scopes.includes(roleClaim) ? [roleClaim] : [])].join(' '),
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      }).href
    },

    verify: (query, secrets) =>
      exchange(query, secrets).catch((error: unknown) => {
        const refusal = toRefusal(error)
        // Its name only: other fields may contain the code of the sign-in.
        if (refusal !== error) log.warn({ reason: nameOf(error) }, 'Refused an answer of the login service.')
        throw refusal
      }),
  }
}
