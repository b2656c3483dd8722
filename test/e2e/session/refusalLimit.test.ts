import { expect } from 'vitest'
import { it as base } from '../../harness/it.ts'
import type { WorldOptions } from '../../harness/world.ts'
import { askViewer, createCode, exchange, openSocket, readAnswer, send, signIn } from './browser.ts'

const max = 3

const it = base
  .extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ env: { RATE_LIMIT_SIGN_INS: String(max) } }))
  /** Creates the headers of a request by way of a trusted proxy, with a session cookie that the server never wrote. */
  .extend('from', { scope: 'file' }, ({ world }) => (address: string) => {
    let count = 0
    return (cookie = `mediagraph=${String(count++).padStart(43, 'A')}`) => ({
      cookie,
      origin: world.origin,
      'x-forwarded-for': address,
    })
  })

it('refused session cookies of one address are limited', async ({ world, from }) => {
  const headers = from('192.0.2.1')
  for (let count = 0; count < max; count++) expect((await askViewer(world, headers())).status).toBe(401)
  await askViewer(world, headers())
  expect(await askViewer(world, headers())).toEqual({ status: 429, code: 'RATE_LIMITED' })
})

it('session cookies beyond the limit cause no statement', async ({ world, from }) => {
  const headers = from('192.0.2.2')
  for (let count = 0; count <= max; count++) await askViewer(world, headers())
  const statements = await world.captureStatements(() => askViewer(world, headers()))
  expect(statements.filter((sql) => sql.includes('"Session"'))).toEqual([])
})

it('a session in use continues while its address is beyond the limit', async ({ world, from }) => {
  const headers = from('192.0.2.3')
  const cookie = await signIn(world)
  await askViewer(world, headers(cookie))
  for (let count = 0; count <= max; count++) await askViewer(world, headers())
  expect(await askViewer(world, headers(cookie))).toMatchObject({ status: 200 })
})

it('refused codes of one address are limited', async ({ world, from }) => {
  const { 'x-forwarded-for': address } = from('192.0.2.4')()
  const sendCode = (code: string) => exchange(world, code, { 'x-forwarded-for': address })
  for (let count = 0; count <= max; count++) await sendCode(String(count).padStart(43, 'B'))
  const code = await createCode(world)
  const refused = await sendCode(code)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await readAnswer(refused)).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
  expect((await exchange(world, code)).status).toBe(200)
})

it('a socket with a session cookie beyond the limit is closed', async ({ world, from }) => {
  const headers = from('192.0.2.5')
  for (let count = 0; count <= max; count++) await askViewer(world, headers())
  const { closed } = await openSocket(world, headers())
  expect((await closed).reason).toContain('At most 3 refused sign-ins and sessions in a minute from one address.')
})

it('sign-outs of unknown sessions of one address are limited', async ({ world, from }) => {
  const headers = from('192.0.2.6')
  const signOut = () => send(world, 'DELETE', '/console/session', { headers: headers() })
  expect((await signOut()).status).toBe(204)
  for (let count = 0; count < max; count++) await signOut()
  const statements = await world.captureStatements(async () => expect((await signOut()).status).toBe(429))
  expect(statements).toEqual([])
})
