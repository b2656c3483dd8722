import { describe, expect } from 'vitest'
import { clientId, clientSecret, startIssuer } from '../../harness/issuer.ts'
import { it as base } from '../../harness/it.ts'
import { freePort } from '../../harness/port.ts'
import type { World, WorldOptions } from '../../harness/world.ts'
import { askViewer, cookiesOf, send } from './browser.ts'

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('ports', { scope: 'file' }, async ({}) => ({ issuer: await freePort(), server: await freePort() }))
  .extend('issuer', { scope: 'file' }, async ({ ports }, { onCleanup }) => {
    const redirectUri = `http://127.0.0.1:${ports.server}/console/callback`
    const issuer = await startIssuer({ port: ports.issuer, redirectUri })
    onCleanup(() => issuer.stop())
    return issuer
  })
  .extend(
    'worldOptions',
    { scope: 'file' },
    ({ ports, issuer }): WorldOptions => ({
      env: {
        PORT: String(ports.server),
        PUBLIC_URL: `http://127.0.0.1:${ports.server}`,
        OIDC_ISSUER: issuer.url,
        OIDC_CLIENT_ID: clientId,
        OIDC_CLIENT_SECRET: clientSecret,
        OIDC_ROLE_CLAIM: 'role',
      },
    }),
  )
  /** Opens the sign-in of the server. Returns the cookie of the browser and the page of the issuer. */
  .extend('begin', { scope: 'file' }, ({ world }) => async (search = '') => {
    const response = await send(world, 'GET', `/console/sign-in${search}`, { headers: { origin: undefined } })
    expect(response.status).toBe(303)
    return { cookie: cookiesOf(response), page: response.headers.get('location') ?? '', response }
  })

/** Follows the issuer's answer into the server. */
const callBack = (world: World, url: string, cookie: string) =>
  send(world, 'GET', url.slice(world.origin.length), { headers: { cookie, origin: undefined } })

const expectRefusal = async (response: Response, status: number, reason: string) => {
  expect(response.status).toBe(status)
  expect(response.headers.getSetCookie()).toEqual([])
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(await response.text()).toContain(reason)
}

it.beforeEach(({ issuer }) => {
  issuer.idTokenSeconds.value = 3600
  issuer.setAccount({ sub: 'grace', name: 'Grace', role: ['staff', 'editor'] })
})

describe('a sign-in at the login service', () => {
  it('opens a session of the person', async ({ world, issuer, begin }) => {
    const { page, cookie } = await begin()
    const response = await callBack(world, await issuer.authorize(page), cookie)
    expect(response.headers.get('location')).toBe('/console/')
    const viewer = { name: 'Grace', role: 'EDITOR' }
    expect(await askViewer(world, { cookie: cookiesOf(response) })).toEqual({ status: 200, viewer })
  })

  it('returns to the former path', async ({ world, issuer, begin }) => {
    const { page, cookie } = await begin(`?return=${encodeURIComponent('/console/library?tag=a&view=grid')}`)
    const response = await callBack(world, await issuer.authorize(page), cookie)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/console/library?tag=a&view=grid')
  })

  it('sends neither the nonce nor the verifier to the browser', async ({ world, begin }) => {
    const { page, cookie, response } = await begin()
    const row = await world.runtime.ports.database.signIn.findFirstOrThrow({ orderBy: { endsAt: 'desc' } })
    expect(new URL(page).searchParams.get('code_challenge_method')).toBe('S256')
    for (const text of [page, cookie, await response.text()]) expect(text).not.toContain(row.codeVerifier)
    expect(cookie).not.toContain(row.nonce)
  })

  it('keeps its cookie for 10 minutes, also on the way back from another site', async ({ begin }) => {
    const { response } = await begin()
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^mediagraph-sign-in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/),
    ])
  })

  it('can wait in several tabs of a browser', async ({ world, issuer, begin }) => {
    const first = await begin('?return=/console/first')
    const second = await send(world, 'GET', '/console/sign-in', { headers: { cookie: first.cookie } })
    const answers = await Promise.all([first.page, second.headers.get('location') ?? ''].map(issuer.authorize))
    const cookie = cookiesOf(second)
    const responses = await Promise.all(answers.map((answer) => callBack(world, answer, cookie)))
    expect(responses.map(({ headers }) => headers.get('location'))).toEqual(['/console/first', '/console/'])
  })

  it('is forgotten once 10,000 newer ones wait', async ({ world, begin }) => {
    const { database } = world.runtime.ports
    await database.$executeRaw`
      INSERT INTO "SignIn" ("keyHash", "nonce", "codeVerifier", "returnPath", "endsAt")
      SELECT 'flood ' || number, '', '', '/', now() + number * interval '1 ms' FROM generate_series(1, 10050) number`
    await begin()
    expect(await database.signIn.count()).toBe(10_000)
    expect(await database.signIn.count({ where: { keyHash: { in: ['flood 1', 'flood 10050'] } } })).toBe(1)
    await database.signIn.deleteMany()
  })

  it('ends the session with the token of the login service', async ({ world, issuer, begin }) => {
    issuer.idTokenSeconds.value = 120
    const { page, cookie } = await begin()
    const [session = ''] = (await callBack(world, await issuer.authorize(page), cookie)).headers.getSetCookie()
    expect(session).toMatch(/Max-Age=(11[5-9]|120);/)
  })
})

describe('an answer of the login service', () => {
  const unknown = 'This answer belongs to no sign-in that this browser has started in the last 10 minutes.'
  const invalid = 'The answer of the login service is not valid for this sign-in'

  it('with a forged state is refused', async ({ world, issuer, begin }) => {
    const { page, cookie } = await begin()
    const answer = new URL(await issuer.authorize(page))
    answer.searchParams.set('state', 'A'.repeat(43))
    await expectRefusal(await callBack(world, answer.href, cookie), 401, unknown)
  })

  it('without a started sign-in is refused', async ({ world, issuer, begin }) => {
    const { page } = await begin()
    await expectRefusal(await callBack(world, await issuer.authorize(page), ''), 401, unknown)
  })

  it('to the sign-in of another browser is refused', async ({ world, issuer, begin }) => {
    const [own, other] = [await begin(), await begin()]
    await expectRefusal(await callBack(world, await issuer.authorize(own.page), other.cookie), 401, unknown)
  })

  it('is refused the second time', async ({ world, issuer, begin }) => {
    const { page, cookie } = await begin()
    const answer = await issuer.authorize(page)
    await callBack(world, answer, cookie)
    await expectRefusal(await callBack(world, answer, cookie), 401, unknown)
  })

  it('after 10 minutes is refused', async ({ world, issuer, begin }) => {
    const { page, cookie } = await begin()
    await world.runtime.ports.database.signIn.updateMany({ data: { endsAt: new Date(Date.now() - 1) } })
    await expectRefusal(await callBack(world, await issuer.authorize(page), cookie), 401, unknown)
  })

  it.for([
    ['nonce', { nonce: 'another nonce' }],
    ['verifier', { codeVerifier: 'A'.repeat(43) }],
  ] as const)('to another %s is refused', async ([, data], { world, issuer, begin }) => {
    const { page, cookie } = await begin()
    await world.runtime.ports.database.signIn.updateMany({ data })
    await expectRefusal(await callBack(world, await issuer.authorize(page), cookie), 401, invalid)
  })

  it('with a forged code is refused', async ({ world, issuer, begin }) => {
    const { page, cookie } = await begin()
    const answer = new URL(await issuer.authorize(page))
    answer.searchParams.set('code', 'forged')
    await expectRefusal(await callBack(world, answer.href, cookie), 401, `${invalid} (invalid_grant)`)
  })

  it('with an error is refused without its text', async ({ world, begin }) => {
    const { page, cookie } = await begin()
    const state = new URL(page).searchParams.get('state') ?? ''
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: '<script>alert(1)</script>',
      state,
      iss: new URL(page).origin,
    })
    const response = await callBack(world, `${world.origin}/console/callback?${query}`, cookie)
    const html = await response.clone().text()
    await expectRefusal(response, 401, 'The login service has refused the sign-in (access_denied).')
    expect(html).not.toContain('alert')
  })

  it.for([
    ['no role', []],
    ['an unknown role', ['owner']],
    ['no claim', undefined],
  ])('is refused for an account with %s', async ([, role], { world, issuer, begin }) => {
    issuer.setAccount({ sub: 'mallory', name: 'Mallory', role })
    const { page, cookie } = await begin()
    const response = await callBack(world, await issuer.authorize(page), cookie)
    await expectRefusal(response, 403, 'Your account has no role here')
  })
})

describe('a sign-in', () => {
  it('with a foreign return path is refused', async ({ world }) => {
    const response = await send(world, 'GET', '/console/sign-in?return=https://evil.example/')
    await expectRefusal(response, 400, 'Must be a path of this site that begins with /console/.')
  })

  it('is refused while the login service is down', async ({ world, issuer, begin }) => {
    const { page, cookie } = await begin()
    const answer = await issuer.authorize(page)
    await issuer.stop()
    const response = await callBack(world, answer, cookie)
    await issuer.start()
    expect(response.headers.get('retry-after')).toBe('30')
    await expectRefusal(response, 503, 'The login service does not answer. Try again in 30 s.')
  })
})
