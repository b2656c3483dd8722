import { describe, expect } from 'vitest'
import { clientId, clientSecret, startIssuer } from '../../harness/issuer.ts'
import { it as base } from '../../harness/it.ts'
import { freePort } from '../../harness/port.ts'
import type { World, WorldOptions } from '../../harness/world.ts'
import { askViewer, cookiesOf, createCode, exchange, openSocket, send, signIn } from './browser.ts'

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('login', { scope: 'file' }, async ({}, { onCleanup }) => {
    const [port, serverPort] = [await freePort(), await freePort()]
    const issuer = await startIssuer({ port, redirectUri: `http://127.0.0.1:${serverPort}/console/callback` })
    onCleanup(() => issuer.stop())
    issuer.setAccount({ sub: 'grace', name: 'Grace', role: 'editor' })
    return { issuer, serverPort }
  })
  .extend(
    'worldOptions',
    { scope: 'file' },
    ({ login }): WorldOptions => ({
      env: {
        PORT: String(login.serverPort),
        OIDC_ISSUER: login.issuer.url,
        OIDC_CLIENT_ID: clientId,
        OIDC_CLIENT_SECRET: clientSecret,
        OIDC_ROLE_CLAIM: 'role',
      },
    }),
  )
  /** Signs in at the login service, in a browser that sends `cookie` at the start and `late` at the end. */
  .extend('signInAtIssuer', { scope: 'file' }, ({ world, login }) => async (cookie: string, late = '') => {
    const begin = await send(world, 'GET', '/console/sign-in', { headers: { cookie, origin: undefined } })
    const answer = await login.issuer.authorize(begin.headers.get('location') ?? '')
    const headers = { cookie: `${cookiesOf(begin)}; ${late}`, origin: undefined }
    const response = await send(world, 'GET', answer.slice(world.origin.length), { headers })
    expect(response.status).toBe(303)
    return cookiesOf(response)
  })

const openSocketOf = async (world: World, cookie: string) => {
  const socket = await openSocket(world, { cookie, origin: world.origin })
  await socket.acknowledged
  return socket
}

const ended = { code: 4401, reason: 'The session has ended. Sign in again.' }

describe('a sign-in by a link', () => {
  it('closes the sockets of the previous session of the browser', async ({ world }) => {
    const cookie = await signIn(world, { name: 'Ada' })
    const { closed } = await openSocketOf(world, cookie)
    await exchange(world, await createCode(world, { name: 'Bob' }), { cookie })
    expect(await closed).toEqual(ended)
  })

  it('deletes the previous session of the browser', async ({ world }) => {
    const cookie = await signIn(world, { name: 'Ada' })
    const next = cookiesOf(await exchange(world, await createCode(world, { name: 'Bob' }), { cookie }))
    expect(await askViewer(world, { cookie })).toMatchObject({ status: 401 })
    expect(await askViewer(world, { cookie: next })).toMatchObject({ viewer: { name: 'Bob' } })
  })

  it('leaves the previous session open if the code is refused', async ({ world }) => {
    const cookie = await signIn(world)
    expect((await exchange(world, 'A'.repeat(43), { cookie })).status).toBe(401)
    expect(await askViewer(world, { cookie })).toMatchObject({ status: 200 })
  })
})

describe('a sign-in at the login service', () => {
  it('closes the sockets of the session that the browser had at its start', async ({ world, signInAtIssuer }) => {
    const cookie = await signIn(world, { name: 'Ada' })
    const { closed } = await openSocketOf(world, cookie)
    const next = await signInAtIssuer(cookie)
    expect(await closed).toEqual(ended)
    expect(await askViewer(world, { cookie: next })).toMatchObject({ viewer: { name: 'Grace' } })
  })

  it('ends the session that the browser sends with the answer', async ({ world, signInAtIssuer }) => {
    const cookie = await signIn(world, { name: 'Ada' })
    await signInAtIssuer('', cookie)
    expect(await askViewer(world, { cookie })).toMatchObject({ status: 401 })
  })

  it('leaves the previous session open if the answer is refused', async ({ world }) => {
    const cookie = await signIn(world)
    const begin = await send(world, 'GET', '/console/sign-in', { headers: { cookie } })
    const headers = { cookie: `${cookiesOf(begin)}; ${cookie}` }
    expect((await send(world, 'GET', '/console/callback?state=x&code=y', { headers })).status).toBe(401)
    expect(await askViewer(world, { cookie })).toMatchObject({ status: 200 })
  })

  it('remembers the previous session as a hash of its id', async ({ world }) => {
    const cookie = await signIn(world)
    await send(world, 'GET', '/console/sign-in', { headers: { cookie } })
    const rows = await world.runtime.ports.database.signIn.findMany()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(cookie.split('=')[1])
  })
})
