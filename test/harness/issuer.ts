import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { Provider } from 'oidc-provider'

export const clientId = 'mediagraph'
export const clientSecret = 'a secret of the client at the issuer'

export interface Account {
  sub: string
  name?: string
  role?: unknown
}

interface IssuerOptions {
  port: number
  /** `127.0.0.1` by default. */
  host?: string
  redirectUri: string
  /** Whether the ID token contains the role; else only the userinfo endpoint tells it. */
  hasRoleInIdToken?: boolean
}

/** Starts a login service on loopback, at which `account` signs in without being asked. */
export const startIssuer = async ({
  port,
  host = '127.0.0.1',
  redirectUri,
  hasRoleInIdToken = false,
}: IssuerOptions) => {
  const url = `http://${host}:${port}`
  let account: Account = { sub: 'ada' }
  let server: Server | null = null
  const idTokenSeconds = { value: 3600 }

  const provider = new Provider(url, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    cookies: { keys: ['key of the test'] },
    claims: { openid: ['sub'], profile: ['name', 'role'] },
    conformIdTokenClaims: !hasRoleInIdToken,
    findAccount: async (_context, sub) => ({ accountId: sub, claims: async () => ({ ...account, sub }) }),
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    ttl: { IdToken: () => idTokenSeconds.value, AccessToken: 600, Grant: 600, Interaction: 600, Session: 600 },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session?.accountId })
      grant.addOIDCScope('openid profile')
      await grant.save()
      return grant
    },
  })
  const answer = provider.callback()

  const start = async (): Promise<void> => {
    server ??= createServer((req, res) => {
      if (!req.url?.startsWith('/interaction/')) return void answer(req, res)
      provider.interactionFinished(req, res, { login: { accountId: account.sub } }).catch(() => res.destroy())
    }).listen(port, host)
    await once(server, 'listening')
  }
  await start()

  return {
    url,
    idTokenSeconds,
    start,
    async stop() {
      const closing = server
      server = null
      closing?.closeAllConnections()
      if (closing?.listening) await new Promise((resolve) => closing.close(resolve))
    },
    /** Chooses who signs in next. */
    setAccount(next: Account) {
      account = next
    },
    /** Opens a page of the issuer as a browser does. Returns the address to which it is sent back. */
    async authorize(pageUrl: string): Promise<string> {
      const cookies = new Map<string, string>()
      let location = pageUrl
      while (location.startsWith(url)) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const response = await fetch(location, { headers: { cookie }, redirect: 'manual' })
        for (const line of response.headers.getSetCookie()) {
          const [pair = ''] = line.split(';', 1)
          cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
        }
        const next = response.headers.get('location')
        if (next === null) throw new Error(`The issuer answers with ${response.status}: ${await response.text()}`)
        location = new URL(next, location).href
      }
      return location
    },
  }
}
