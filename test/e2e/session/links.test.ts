import { describe, expect } from 'vitest'
import { it } from '../../harness/it.ts'
import { askViewer, cookiesOf, createCode, exchange, readAnswer, send, signIn } from './browser.ts'

const lifetimeOf = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 60_000

describe('the code of a sign-in link', () => {
  it('opens a session of its person and role', async ({ world }) => {
    const cookie = await signIn(world, { name: 'Grace', role: 'ADMIN' })
    expect(await askViewer(world, { cookie })).toEqual({ status: 200, viewer: { name: 'Grace', role: 'ADMIN' } })
  })

  it('works once', async ({ world }) => {
    const code = await createCode(world)
    expect((await exchange(world, code)).status).toBe(200)
    const second = await exchange(world, code)
    expect(second.headers.getSetCookie()).toEqual([])
    expect(await second.json()).toEqual({
      errors: [
        {
          message: 'This sign-in link is invalid, was used already, or is older than 10 minutes. Ask for a new one.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    })
  })

  it('lives 10 minutes', async ({ world }) => {
    const { database } = world.runtime.ports
    await database.signInCode.deleteMany()
    const createdAt = new Date()
    await createCode(world)
    const { endsAt } = await database.signInCode.findFirstOrThrow()
    expect(lifetimeOf(createdAt, endsAt)).toBeCloseTo(10, 0)
  })

  it('is refused after it has ended', async ({ world }) => {
    const code = await createCode(world)
    await world.runtime.ports.database.signInCode.updateMany({ data: { endsAt: new Date(Date.now() - 1) } })
    expect(await readAnswer(await exchange(world, code))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it.for(['A'.repeat(43), 'short', ''])('is refused if it is forged: "%s"', async (code, { world }) => {
    expect(await readAnswer(await exchange(world, code))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('opens one session if it is exchanged twice at the same time', async ({ world }) => {
    const code = await createCode(world)
    const { database } = world.runtime.ports
    const before = await database.session.count()
    const responses = await Promise.all(Array.from({ length: 6 }, () => exchange(world, code)))
    expect(responses.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401, 401])
    expect(await database.session.count()).toBe(before + 1)
  })

  it('is stored as a hash', async ({ world }) => {
    const code = await createCode(world)
    const rows = await world.runtime.ports.database.signInCode.findMany()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(code)
  })
})

describe('an exchange', () => {
  it.for([
    ['of another site', 'https://evil.example'],
    ['without an Origin', undefined],
    ['of another port', 'http://127.0.0.1:1'],
  ] as const)('%s is refused', async ([, origin], { world }) => {
    const code = await createCode(world)
    const refused = await exchange(world, code, { origin })
    expect(refused.headers.getSetCookie()).toEqual([])
    expect(await readAnswer(refused)).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    expect((await exchange(world, code)).status).toBe(200)
  })

  it.for([
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, {}, 415],
    ['without a code', {}, {}, 400],
    ['of more than 4 KB', {}, { code: 'x'.repeat(5000) }, 413],
  ] as const)('%s is refused', async ([, headers, body, status], { world }) => {
    const response = await send(world, 'POST', '/console/session', { headers, body })
    expect(await readAnswer(response)).toMatchObject({ status, code: 'INVALID_INPUT' })
  })
})

describe('a session', () => {
  it('ends after 12 hours', async ({ world }) => {
    const { database } = world.runtime.ports
    await database.session.deleteMany()
    await signIn(world)
    const { createdAt, endsAt } = await database.session.findFirstOrThrow()
    expect(lifetimeOf(createdAt, endsAt)).toBeCloseTo(12 * 60, 1)
  })

  it('ends with the token of the login service if that is sooner', async ({ world }) => {
    const { services, ports } = world.runtime
    const expiresAt = new Date(Date.now() + 60_000)
    const person = { externalId: 'ada', name: 'Ada', hasName: true, role: 'EDITOR', kind: 'PERSON' } as const
    const { endsAt } = await services.sessions.open({ ...person, expiresAt }, null)
    expect(endsAt).toEqual(expiresAt)
    await ports.database.session.deleteMany()
  })

  it('is stored as a hash of its id', async ({ world }) => {
    const [, id = ''] = (await signIn(world)).split('=')
    expect(Buffer.from(id, 'base64url')).toHaveLength(32)
    const rows = await world.runtime.ports.database.session.findMany()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(id)
  })

  it('is deleted by the sweep once it has ended', async ({ world }) => {
    const { database } = world.runtime.ports
    await database.session.deleteMany()
    await database.signInCode.deleteMany()
    const [ended, open] = [await signIn(world), await signIn(world, { name: 'Bob' })]
    await database.session.updateMany({ where: { user: { name: 'Ada' } }, data: { endsAt: new Date(Date.now() - 1) } })
    await createCode(world)
    await database.signInCode.updateMany({ data: { endsAt: new Date(Date.now() - 1) } })
    expect(await world.runtime.services.sessions.sweep()).toBe(2)
    expect(await askViewer(world, { cookie: ended })).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(await askViewer(world, { cookie: open })).toMatchObject({ status: 200 })
  })
})

describe('a sign-out', () => {
  it('deletes the session', async ({ world }) => {
    const { database } = world.runtime.ports
    await database.session.deleteMany()
    const cookie = await signIn(world)
    expect((await send(world, 'DELETE', '/console/session', { headers: { cookie } })).status).toBe(204)
    expect(await database.session.count()).toBe(0)
  })

  it('removes the cookie', async ({ world }) => {
    const cookie = await signIn(world)
    const response = await send(world, 'DELETE', '/console/session', { headers: { cookie } })
    expect(cookiesOf(response)).toBe('mediagraph=')
    expect(response.headers.getSetCookie()).toEqual(['mediagraph=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict'])
  })

  it('can be repeated', async ({ world }) => {
    const cookie = await signIn(world)
    const signOut = () => send(world, 'DELETE', '/console/session', { headers: { cookie } })
    await signOut()
    expect((await signOut()).status).toBe(204)
  })

  it.for([
    ['of another site', 'https://evil.example'],
    ['without an Origin', undefined],
  ] as const)('%s is refused', async ([, origin], { world }) => {
    const cookie = await signIn(world)
    expect((await send(world, 'DELETE', '/console/session', { headers: { cookie, origin } })).status).toBe(403)
    expect(await askViewer(world, { cookie })).toMatchObject({ status: 200 })
  })
})
