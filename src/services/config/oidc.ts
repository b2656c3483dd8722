/** Login service of the school, where people sign in to the console. */
export interface OidcConfig {
  issuer: string
  clientId: string
  clientSecret: string
  /** Name of the claim that contains the role, or its path. */
  roleClaim: string
}

const names = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ROLE_CLAIM'] as const

type OidcVariables = { [Name in (typeof names)[number] | 'OIDC_SUBJECTS' | 'AUTH_JWKS_URL' | 'AUTH_ISSUER']?: string }

/** Hosts of this machine, as a URL writes them. Browsers treat their pages as secure, also over http. */
const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Whether nothing between a browser and this address can read along. */
export const isSecureUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'https:' || loopbackHosts.has(url.hostname))
}

const withoutSlash = (url: string): string => url.replace(/\/$/, '')

/** Whether the login service and the tokens may give different people the same `sub`, which is the key of a user. */
const mayMixPeople = ({ OIDC_ISSUER, OIDC_SUBJECTS, AUTH_JWKS_URL, AUTH_ISSUER = '' }: OidcVariables): boolean =>
  OIDC_ISSUER !== undefined &&
  AUTH_JWKS_URL !== undefined &&
  OIDC_SUBJECTS !== 'shared' &&
  withoutSlash(AUTH_ISSUER) !== withoutSlash(OIDC_ISSUER)

/** Parses the variables of the login service: all of them are set, or none. */
export const parseOidc = (env: OidcVariables, publicUrl: string, faults: string[]): OidcConfig | null => {
  const set = names.filter((name) => env[name] !== undefined)
  if (set.length === 0) {
    if (env.OIDC_SUBJECTS !== undefined) faults.push('OIDC_SUBJECTS: allowed only together with OIDC_ISSUER')
    return null
  }
  for (const name of names)
    if (env[name] === undefined && !faults.some((fault) => fault.startsWith(`${name}:`)))
      faults.push(`${name}: required, since ${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set`)
  const { OIDC_ISSUER: issuer = '', OIDC_CLIENT_ID: clientId = '' } = env
  const { OIDC_CLIENT_SECRET: clientSecret = '', OIDC_ROLE_CLAIM: roleClaim = '' } = env
  if (issuer !== '' && !isSecureUrl(issuer)) faults.push('OIDC_ISSUER: needs https, except on this machine')
  if (!isSecureUrl(publicUrl))
    faults.push(
      'PUBLIC_URL: needs https, except on this machine, since OIDC_ISSUER is set and browsers keep the session cookie only then',
    )
  if (mayMixPeople(env))
    faults.push(
      'OIDC_SUBJECTS: required, since tokens and OIDC_ISSUER may give different people the same "sub". Set AUTH_ISSUER if it equals OIDC_ISSUER; set "shared" if another issuer gives each person the same "sub"',
    )
  return { issuer, clientId, clientSecret, roleClaim }
}
