import { describe, expect } from 'vitest'
import { it as base } from '../../harness/it.ts'
import { openWorld, type World, type WorldOptions } from '../../harness/world.ts'
import { askViewer, askViewerByGet, cookiesOf, createCode, exchange, send, signIn } from './browser.ts'

const publicOrigin = 'https://media.school.example'
const corsOrigin = 'https://lms.school.example'

const it = base
  .extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ env: { CORS_ORIGINS: corsOrigin } }))
  /** A world behind a proxy that ends TLS. */
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('site', { scope: 'file' }, async ({}, { onCleanup }): Promise<World> => {
    const site = await openWorld({ env: { PUBLIC_URL: publicOrigin } })
    onCleanup(() => site.close())
    return site
  })

const signInOverHttps = async (site: World): Promise<Response> =>
  exchange(site, await createCode(site), { origin: publicOrigin })

describe('the session cookie', () => {
  it('is bound to its host over https', async ({ site }) => {
    const [cookie = '', ...others] = (await signInOverHttps(site)).headers.getSetCookie()
    expect(others).toEqual([])
    const attributes =
      /^__Host-mediagraph=[\w-]{43}; Path=\/; Max-Age=(43199|43200); HttpOnly; Secure; SameSite=Strict$/
    expect(cookie).toMatch(attributes)
  })

  it('has neither prefix nor Secure over http on this machine', async ({ world }) => {
    const [cookie = ''] = (await exchange(world, await createCode(world))).headers.getSetCookie()
    expect(cookie).toMatch(/^mediagraph=[\w-]{43}; Path=\/; Max-Age=(43199|43200); HttpOnly; SameSite=Strict$/)
  })

  it('is accepted from the page of PUBLIC_URL', async ({ site }) => {
    const cookie = cookiesOf(await signInOverHttps(site))
    expect(await askViewer(site, { cookie, origin: publicOrigin })).toMatchObject({ status: 200 })
  })

  it('counts over https only with its prefix, which subdomains cannot set', async ({ site }) => {
    const cookie = cookiesOf(await signInOverHttps(site)).replace('__Host-', '')
    expect(await askViewer(site, { cookie, origin: publicOrigin })).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('is found among others', async ({ world }) => {
    const cookie = `theme=dark; mediagraph-sign-in=x; ${await signIn(world)}; lang=en`
    expect(await askViewer(world, { cookie })).toMatchObject({ status: 200 })
  })
})

describe('a call with the session cookie', () => {
  it.for([
    ['of another site', 'https://evil.example'],
    ['of a site in CORS_ORIGINS', corsOrigin],
    ['without an Origin', undefined],
    ['of a page that hides its origin', 'null'],
    ['of another port of this machine', 'http://127.0.0.1:1'],
  ] as const)('%s is refused', async ([, origin], { world }) => {
    const cookie = await signIn(world)
    expect(await askViewer(world, { cookie, origin })).toEqual({ status: 403, code: 'FORBIDDEN' })
  })

  it('for an event stream of a site in CORS_ORIGINS is refused', async ({ world }) => {
    const headers = { cookie: await signIn(world), origin: corsOrigin, accept: 'text/event-stream' }
    const body = { query: 'subscription { mediaProgress(ids: []) { status } }' }
    expect((await send(world, 'POST', '/graphql', { headers, body })).status).toBe(403)
  })

  it('over GET is accepted from a page of the server, which sends no Origin', async ({ world }) => {
    const cookie = await signIn(world)
    expect(await askViewerByGet(world, { cookie, 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 200 })
  })

  it.for(['same-site', 'cross-site', 'none', undefined])(
    'over GET is refused from a page that is %s',
    async (site, { world }) => {
      const cookie = await signIn(world)
      const headers: Record<string, string> = site === undefined ? { cookie } : { cookie, 'sec-fetch-site': site }
      expect(await askViewerByGet(world, headers)).toEqual({ status: 403, code: 'FORBIDDEN' })
    },
  )

  it('is refused if the session is unknown', async ({ world }) => {
    const cookie = `mediagraph=${'A'.repeat(43)}`
    expect(await askViewer(world, { cookie })).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('is refused if the cookie cannot be one', async ({ world }) => {
    expect(await askViewer(world, { cookie: 'mediagraph=' })).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('is refused after the session has ended', async ({ world }) => {
    const cookie = await signIn(world, { name: 'Late' })
    const where = { user: { name: 'Late' } }
    await world.runtime.ports.database.session.updateMany({ where, data: { endsAt: new Date(Date.now() - 1) } })
    expect(await askViewer(world, { cookie })).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('is refused right after the sign-out', async ({ world }) => {
    const cookie = await signIn(world)
    expect(await askViewer(world, { cookie })).toMatchObject({ status: 200 })
    await send(world, 'DELETE', '/console/session', { headers: { cookie } })
    expect(await askViewer(world, { cookie })).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('reads the session from the database once in several calls', async ({ world }) => {
    const cookie = await signIn(world)
    const statements = await world.captureStatements(async () => {
      for (let call = 0; call < 5; call++) await askViewer(world, { cookie })
    })
    expect(statements.filter((sql) => sql.includes('"Session"'))).toHaveLength(1)
  })
})

describe('a token', () => {
  it('counts before the cookie', async ({ world }) => {
    const [cookie, token] = [await signIn(world), await world.token('viewer', 'Vera')]
    const headers = { cookie, authorization: `Bearer ${token}` }
    expect(await askViewer(world, headers)).toMatchObject({ viewer: { name: 'Vera', role: 'VIEWER' } })
  })

  it('needs no Origin beside a cookie', async ({ world }) => {
    const [cookie, token] = [await signIn(world), await world.token('viewer', 'Vera')]
    const headers = { cookie, authorization: `Bearer ${token}`, origin: undefined }
    expect(await askViewer(world, headers)).toMatchObject({ status: 200 })
  })

  it.for(['Bearer invalid', 'Bearer ', 'Basic YTpi', ''])(
    'that is invalid is refused beside a valid cookie: "%s"',
    async (authorization, { world }) => {
      const cookie = await signIn(world)
      expect(await askViewer(world, { cookie, authorization })).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
    },
  )
})
