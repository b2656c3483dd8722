import { expect } from 'vitest'
import { it as base } from '../../harness/databaseIt.ts'
import { clientId, clientSecret, startIssuer } from '../../harness/issuer.ts'
import { freePort } from '../../harness/port.ts'
import { openWorld, type World } from '../../harness/world.ts'
import { cookiesOf, send } from './browser.ts'

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('login', { scope: 'file' }, async ({}, { onCleanup }) => {
    const [port, serverPort] = [await freePort(), await freePort()]
    const redirectUri = `http://127.0.0.1:${serverPort}/console/callback`
    const issuer = await startIssuer({ port, redirectUri, hasRoleInIdToken: true })
    onCleanup(() => issuer.stop())
    issuer.setAccount({ sub: 'ada', name: 'Ada', role: 'editor' })
    return { issuer, serverPort }
  })
  /** Opens a server of this login service, with other settings; closed at the end of the test. */
  .extend('open', ({ login }, { onCleanup }) => {
    const worlds: World[] = []
    onCleanup(async () => {
      for (const world of worlds) await world.close()
    })
    return async (env: Record<string, string> = {}): Promise<World> => {
      const world = await openWorld({
        env: {
          PORT: String(login.serverPort),
          OIDC_ISSUER: login.issuer.url,
          OIDC_CLIENT_ID: clientId,
          OIDC_CLIENT_SECRET: clientSecret,
          OIDC_ROLE_CLAIM: 'role',
          ...env,
        },
      })
      worlds.push(world)
      return world
    }
  })

it('the server works while the login service is down', async ({ open }) => {
  const world = await open({ OIDC_ISSUER: `http://127.0.0.1:${await freePort()}` })
  const response = await send(world, 'GET', '/console/sign-in')
  expect(response.status).toBe(503)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(await response.text()).toContain('The login service does not answer. Try again in 30 s.')
  expect(await world.post(await world.token('viewer'), '{ viewer { role } }')).toEqual({
    data: { viewer: { role: 'VIEWER' } },
  })
})

it('a wrong secret of the server is named as the reason', async ({ open, login }) => {
  const world = await open({ OIDC_CLIENT_SECRET: 'wrong' })
  const begin = await send(world, 'GET', '/console/sign-in')
  const answer = await login.issuer.authorize(begin.headers.get('location') ?? '')
  const headers = { cookie: cookiesOf(begin) }
  const response = await send(world, 'GET', answer.slice(world.origin.length), { headers })
  expect(response.status).toBe(503)
  expect(response.headers.getSetCookie()).toEqual([])
  expect(await response.text()).toContain('The login service does not accept this server')
})

it('the role may be in the ID token', async ({ open, login }) => {
  const world = await open()
  const begin = await send(world, 'GET', '/console/sign-in')
  const answer = await login.issuer.authorize(begin.headers.get('location') ?? '')
  const headers = { cookie: cookiesOf(begin) }
  expect((await send(world, 'GET', answer.slice(world.origin.length), { headers })).status).toBe(303)
})

it('the cookies of a sign-in are bound to their host over https', async ({ open }) => {
  const world = await open({ PUBLIC_URL: 'https://media.school.example' })
  const response = await send(world, 'GET', '/console/sign-in')
  const { searchParams } = new URL(response.headers.get('location') ?? '')
  expect(searchParams.get('redirect_uri')).toBe('https://media.school.example/console/callback')
  const [cookie = ''] = response.headers.getSetCookie()
  expect(cookie).toMatch(/^__Host-mediagraph-sign-in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/)
})

it('in development the page offers links beside the login service', async ({ open }) => {
  const world = await open({ AUTH_JWT_SECRET: '' })
  const page = await send(world, 'GET', '/console/sign-in?return=/console/library')
  expect(await page.text()).toContain('name="sign-in-methods" content="link service"')
  const issuerPath = 'sign-in?issuer=true&return=%2Fconsole%2Flibrary'
  expect((await send(world, 'GET', `/console/${issuerPath}`)).status).toBe(303)
})
