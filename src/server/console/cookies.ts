import type { IncomingMessage } from 'node:http'
import type { Site } from './sites.ts'

/** The prefix makes browsers refuse the cookie from a subdomain, or without Secure. It needs https. */
const prefix = '__Host-'

const names = { session: 'mediagraph', signIn: 'mediagraph-sign-in' } as const
type CookieKind = keyof typeof names

const nameOf = (kind: CookieKind, { isHttps }: Site): string => `${isHttps ? prefix : ''}${names[kind]}`

const read = ({ headers }: IncomingMessage, name: string): string | null => {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const separator = pair.indexOf('=')
    if (separator > 0 && pair.slice(0, separator).trim() === name) return pair.slice(separator + 1).trim()
  }
  return null
}

/** Returns the cookie of a site; null if the browser sends none. */
export const readCookie = (req: IncomingMessage, kind: CookieKind, site: Site): string | null =>
  read(req, nameOf(kind, site))

/** Whether a request has a session cookie, of whatever site. */
export const hasSessionCookie = (req: IncomingMessage): boolean =>
  req.headers.cookie !== undefined && [true, false].some((isHttps) => readCookie(req, 'session', { isHttps }) !== null)

interface CookieOptions {
  kind: CookieKind
  site: Site
  /** Empty removes the cookie. */
  value: string
  maxAgeSeconds: number
}

/**
 * Writes a cookie that scripts cannot read. That of a session is sent by the site's own pages only; that of a sign-in also
 * comes along when the login service sends the browser back, as it must.
 */
export const writeCookie = ({ kind, site, value, maxAgeSeconds }: CookieOptions): string =>
  [
    `${nameOf(kind, site)}=${value}`,
    'Path=/',
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    ...(site.isHttps ? ['Secure'] : []),
    `SameSite=${kind === 'session' ? 'Strict' : 'Lax'}`,
  ].join('; ')
