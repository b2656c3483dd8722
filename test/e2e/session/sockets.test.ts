import { describe, expect } from 'vitest'
import { it as base } from '../../harness/it.ts'
import type { WorldOptions } from '../../harness/world.ts'
import { openSocket, send, signIn } from './browser.ts'

const corsOrigin = 'https://lms.school.example'

const it = base.extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ env: { CORS_ORIGINS: corsOrigin } }))

describe('a socket with the session cookie', () => {
  it('is accepted from a page of the server', async ({ world }) => {
    const { acknowledged, socket } = await openSocket(world, { cookie: await signIn(world), origin: world.origin })
    await acknowledged
    socket.close()
  })

  it('of another site is refused before it opens', async ({ world }) => {
    const headers = { cookie: await signIn(world), origin: 'https://evil.example' }
    await expect(openSocket(world, headers)).rejects.toThrow('403')
  })

  it.for([
    ['without an Origin', {}],
    ['of a site in CORS_ORIGINS', { origin: corsOrigin }],
  ])('%s is closed with 4401', async ([, headers], { world }) => {
    const { closed } = await openSocket(world, { cookie: await signIn(world), ...(headers as object) })
    expect((await closed).code).toBe(4401)
  })

  it('is closed with 4401 after the sign-out', async ({ world }) => {
    const cookie = await signIn(world)
    const { acknowledged, closed } = await openSocket(world, { cookie, origin: world.origin })
    await acknowledged
    await send(world, 'DELETE', '/console/session', { headers: { cookie } })
    expect(await closed).toEqual({ code: 4401, reason: 'The session has ended. Sign in again.' })
  })

  it('stays open when another session of the same person ends', async ({ world }) => {
    const [cookie, other] = [await signIn(world), await signIn(world)]
    const { acknowledged, socket, messages } = await openSocket(world, { cookie, origin: world.origin })
    await acknowledged
    await send(world, 'DELETE', '/console/session', { headers: { cookie: other } })
    socket.send(JSON.stringify({ type: 'ping' }))
    await expect.poll(() => messages.at(-1)?.type).toBe('pong')
    socket.close()
  })

  it('is closed with 4403 when the session ends by itself', async ({ world }) => {
    const person = { externalId: 'ada', name: 'Ada', hasName: true, role: 'EDITOR', kind: 'PERSON' } as const
    const expiresAt = new Date(Date.now() + 1000)
    const { id } = await world.runtime.services.sessions.open({ ...person, expiresAt }, null)
    const { acknowledged, closed } = await openSocket(world, { cookie: `mediagraph=${id}`, origin: world.origin })
    await acknowledged
    expect(await closed).toEqual({ code: 4403, reason: 'The session has expired' })
  })

  it('is closed with 4401 if the session is unknown', async ({ world }) => {
    const headers = { cookie: `mediagraph=${'A'.repeat(43)}`, origin: world.origin }
    expect((await (await openSocket(world, headers)).closed).code).toBe(4401)
  })
})

describe('the token of a socket', () => {
  const askOver = async ({ socket, messages, acknowledged }: Awaited<ReturnType<typeof openSocket>>) => {
    await acknowledged
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ viewer { name } }' } }))
    await expect.poll(() => messages.find(({ type }) => type === 'next')).toBeDefined()
    socket.close()
    return messages.find(({ type }) => type === 'next')?.payload
  }

  it('in connectionParams counts before the cookie, also from a site in CORS_ORIGINS', async ({ world }) => {
    const headers = { cookie: await signIn(world), origin: corsOrigin }
    const authorization = `Bearer ${await world.token('viewer', 'Vera')}`
    expect(await askOver(await openSocket(world, headers, { authorization }))).toEqual({
      data: { viewer: { name: 'Vera' } },
    })
  })

  it('in the upgrade request counts before that of connectionParams', async ({ world }) => {
    const [first, second] = [await world.token('viewer', 'Vera'), await world.token('editor', 'Bob')]
    const socket = await openSocket(world, { authorization: `Bearer ${first}` }, { authorization: `Bearer ${second}` })
    expect(await askOver(socket)).toEqual({ data: { viewer: { name: 'Vera' } } })
  })

  it('that is invalid is refused beside a valid cookie', async ({ world }) => {
    const headers = { cookie: await signIn(world), origin: world.origin }
    const { closed } = await openSocket(world, headers, { authorization: 'Bearer invalid' })
    expect((await closed).code).toBe(4401)
  })
})

describe('an event stream with the session cookie', () => {
  it('ends after the sign-out', async ({ world }) => {
    const cookie = await signIn(world, { name: 'Root', role: 'ADMIN' })
    const response = await send(world, 'POST', '/graphql', {
      headers: { cookie, accept: 'text/event-stream' },
      body: { query: 'subscription { events { cursor } }' },
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const end = response.text()
    await send(world, 'DELETE', '/console/session', { headers: { cookie } })
    expect(await end).not.toContain('event: complete')
  })
})
