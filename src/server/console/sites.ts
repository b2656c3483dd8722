import type { IncomingMessage } from 'node:http'
import { isSecureUrl } from '../../services/config/oidc.ts'

/** Address at which browsers open the server. */
export interface Site {
  isHttps: boolean
}

export interface Sites {
  /**
   * Returns the site whose page sends the request; null for other origins and for programs. Browsers send no Origin with
   * a GET to the page's own origin: there `Sec-Fetch-Site`, which no script can set, says the same.
   */
  of(req: IncomingMessage): Site | null
}

/**
 * Lists the sites that may use the session cookie: that of PUBLIC_URL, and this machine over plain http. CORS_ORIGINS are
 * not among them, since their pages bring tokens of their own.
 */
export const createSites = ({ publicUrl, port }: { publicUrl: string; port: number }): Sites => {
  const publicOrigin = new URL(publicUrl).origin
  const loopbackOrigins = ['127.0.0.1', 'localhost', '[::1]'].map((host) => new URL(`http://${host}:${port}`).origin)
  const sites = new Map<string, Site>(loopbackOrigins.map((origin) => [origin, { isHttps: false }]))
  // Over plain http, others could read the cookie.
  if (isSecureUrl(publicUrl)) sites.set(publicOrigin, { isHttps: publicOrigin.startsWith('https:') })

  return {
    of({ method, headers }) {
      const { origin, host } = headers
      if (origin !== undefined) return sites.get(origin) ?? null
      if (method !== 'GET' || headers['sec-fetch-site'] !== 'same-origin') return null
      const publicSite = sites.get(publicOrigin) ?? null
      // Before the host, which a proxy may rewrite to that of this machine: subdomains can set a cookie without prefix.
      if (publicSite?.isHttps) return publicSite
      return sites.get(`http://${host}`) ?? publicSite
    },
  }
}
