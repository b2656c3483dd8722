import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { exportJWK, exportSPKI, type GenerateKeyPairResult, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthenticator, makeToken, type TokenOptions } from '../../src/adapters/auth.ts'
import { UnauthenticatedError } from '../../src/services/kernel/errors.ts'
import type { Authenticator } from '../../src/services/kernel/ports.ts'

const secret = 'a secret of at least thirty-two characters'
const ada: TokenOptions = { sub: 'ada', name: 'Ada', role: 'editor', kind: 'person', expires: '1h' }

const sign = (claims: Record<string, unknown>, { alg = 'HS256', key = secret } = {}): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key))

const nowSeconds = (): number => Math.floor(Date.now() / 1000)
const valid = () => ({ sub: 'ada', role: 'editor', exp: nowSeconds() + 3600 })

describe('with a secret', () => {
  const { authenticate } = createAuthenticator({ type: 'hs256', secret })

  it('knows who holds a token, and until when', async () => {
    const identity = await authenticate(await makeToken(secret, ada))
    expect(identity).toMatchObject({ externalId: 'ada', name: 'Ada', role: 'EDITOR', kind: 'PERSON' })
    const leftMs = (identity.expiresAt?.getTime() ?? 0) - Date.now()
    expect(leftMs).toBeGreaterThan(3_590_000)
    expect(leftMs).toBeLessThan(3_610_000)
  })

  it.each([
    ['viewer', 'VIEWER'],
    ['editor', 'EDITOR'],
    ['admin', 'ADMIN'],
  ] as const)('knows the role %s', async (role, expected) => {
    expect((await authenticate(await makeToken(secret, { ...ada, role }))).role).toBe(expected)
  })

  it('knows a program', async () => {
    expect((await authenticate(await makeToken(secret, { ...ada, kind: 'service' }))).kind).toBe('SERVICE')
  })

  it('calls a person without a name by the sub', async () => {
    expect(await authenticate(await sign(valid()))).toMatchObject({ name: 'ada', kind: 'PERSON' })
  })

  it('bears a few seconds between two clocks, and counts them as valid', async () => {
    const identity = await authenticate(await sign({ ...valid(), exp: nowSeconds() - 2 }))
    expect(identity.expiresAt?.getTime()).toBeGreaterThan(Date.now())
  })

  it.each<[string, () => Promise<string> | string]>([
    ['nonsense', () => 'nonsense'],
    ['three empty parts', () => '..'],
    ['a token of another secret', () => makeToken('another secret of thirty-two characters', ada)],
    ['another algorithm', () => sign(valid(), { alg: 'HS512' })],
    ['no algorithm', () => new UnsecuredJWT(valid()).encode()],
    ['no algorithm, with a signature', async () => `${new UnsecuredJWT(valid()).encode()}${'A'.repeat(43)}`],
    ['an expired one', () => makeToken(secret, { ...ada, expires: '1 minute ago' })],
    ['one that is not valid yet', () => sign({ ...valid(), nbf: nowSeconds() + 600 })],
    ['one without exp', () => sign({ sub: 'ada', role: 'editor' })],
    ['a sub that is not well-formed', () => sign({ ...valid(), sub: 'a\ud800' })],
    ['an exp beyond all dates', () => sign({ ...valid(), exp: 1e18 })],
    ['one without role', () => sign({ ...valid(), role: undefined })],
    ['an unknown role', () => sign({ ...valid(), role: 'root' })],
    ['a role in capitals', () => sign({ ...valid(), role: 'ADMIN' })],
    ['an unknown kind', () => sign({ ...valid(), kind: 'robot' })],
    ['one without sub', () => sign({ ...valid(), sub: undefined })],
    ['an empty sub', () => sign({ ...valid(), sub: '' })],
    ['a sub of 256 characters', () => sign({ ...valid(), sub: 'x'.repeat(256) })],
    ['a sub that no database takes', () => sign({ ...valid(), sub: 'a\0b' })],
    ['half a character in the sub', () => sign({ ...valid(), sub: 'a\ud800' })],
    ['half a character in the name', () => sign({ ...valid(), name: '\udc00b' })],
  ])('refuses %s', async (_name, make) => {
    await expect(authenticate(await make())).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it('refuses a token whose role was changed by hand', async () => {
    const [head, , signature] = (await makeToken(secret, ada)).split('.')
    const body = Buffer.from(JSON.stringify({ ...valid(), role: 'admin' })).toString('base64url')
    await expect(authenticate(`${head}.${body}.${signature}`)).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it('says that a token has expired, since another one helps', async () => {
    const token = await makeToken(secret, { ...ada, expires: '1 minute ago' })
    await expect(authenticate(token)).rejects.toThrow('The token has expired.')
  })
})

describe('with a key set', () => {
  let server: Server
  let url: string
  let answer: { status: number; body: unknown }
  let requestCount = 0
  let [first, second]: (GenerateKeyPairResult & { kid: string })[] = []

  const createKeyPair = async (kid: string) => ({ ...(await generateKeyPair('RS256', { extractable: true })), kid })
  const assertDefined = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('not made yet')
    return value
  }
  const jwk = async ({ publicKey, kid }: GenerateKeyPairResult & { kid: string }) => ({
    ...(await exportJWK(publicKey)),
    kid,
    alg: 'RS256',
    use: 'sig',
  })
  const publish = async (...pairs: (GenerateKeyPairResult & { kid: string })[]): Promise<void> => {
    answer = { status: 200, body: { keys: await Promise.all(pairs.map(jwk)) } }
  }
  const issue = ({ privateKey, kid }: GenerateKeyPairResult & { kid: string }): Promise<string> =>
    new SignJWT(valid()).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
  const openAuthenticator = (options: { cooldownMs?: number } = {}): Authenticator =>
    createAuthenticator({ type: 'jwks', url }, options)

  beforeAll(async () => {
    first = await createKeyPair('first')
    second = await createKeyPair('second')
    server = createServer((_req, res) => {
      requestCount++
      res.statusCode = answer.status
      res.setHeader('Content-Type', 'application/json')
      res.end(JSON.stringify(answer.body))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/jwks.json`
  })
  afterAll(() => server.close())

  it('knows who holds a token, and asks for the keys once', async () => {
    await publish(assertDefined(first))
    const { authenticate } = openAuthenticator()
    const previousCount = requestCount
    for (const _ of [1, 2, 3]) expect((await authenticate(await issue(assertDefined(first)))).externalId).toBe('ada')
    expect(requestCount - previousCount).toBe(1)
  })

  it('follows a rotation, and no longer takes the key that was withdrawn', async () => {
    await publish(assertDefined(first))
    const { authenticate } = openAuthenticator({ cooldownMs: 0 })
    await authenticate(await issue(assertDefined(first)))
    await publish(assertDefined(second))
    expect((await authenticate(await issue(assertDefined(second)))).externalId).toBe('ada')
    await expect(authenticate(await issue(assertDefined(first)))).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it('does not ask again for each token with an unknown key', async () => {
    await publish(assertDefined(first))
    const { authenticate } = openAuthenticator()
    const previousCount = requestCount
    for (const _ of [1, 2, 3])
      await expect(authenticate(await issue(assertDefined(second)))).rejects.toBeInstanceOf(UnauthenticatedError)
    expect(requestCount - previousCount).toBe(1)
  })

  it('does not take the public key as a secret', async () => {
    await publish(assertDefined(first))
    const pem = await exportSPKI(assertDefined(first).publicKey)
    const n = assertDefined((await exportJWK(assertDefined(first).publicKey)).n)
    for (const key of [pem, pem.trim(), n, JSON.stringify(await jwk(assertDefined(first)))])
      await expect(openAuthenticator().authenticate(await sign(valid(), { key }))).rejects.toBeInstanceOf(
        UnauthenticatedError,
      )
  })

  it('does not take a symmetric key from the set', async () => {
    const k = Buffer.from(secret).toString('base64url')
    answer = { status: 200, body: { keys: [{ kty: 'oct', k, alg: 'HS256' }] } }
    await expect(openAuthenticator().authenticate(await sign(valid()))).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it('refuses a token that is forged, expired, or unsigned', async () => {
    await publish(assertDefined(first))
    const { authenticate } = openAuthenticator()
    const forged = await issue({ ...assertDefined(second), kid: 'first' })
    const { privateKey, kid } = assertDefined(first)
    const expired = await new SignJWT({ ...valid(), exp: nowSeconds() - 60 })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(privateKey)
    for (const token of [forged, expired, new UnsecuredJWT(valid()).encode()])
      await expect(authenticate(token)).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it('takes only tokens of the issuer and for the audience that it is told', async () => {
    await publish(assertDefined(first))
    const { privateKey, kid } = assertDefined(first)
    const signClaims = (claims: { iss?: string; aud?: string | string[] }) =>
      new SignJWT({ ...valid(), ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
    const [issuer, audience] = ['https://login.school.example', 'mediagraph']
    const { authenticate } = createAuthenticator({ type: 'jwks', url, issuer, audience })
    expect((await authenticate(await signClaims({ iss: issuer, aud: audience }))).externalId).toBe('ada')
    expect((await authenticate(await signClaims({ iss: issuer, aud: ['lms', audience] }))).externalId).toBe('ada')
    for (const claims of [
      {},
      { iss: issuer },
      { aud: audience },
      { iss: issuer, aud: 'lms' },
      { iss: `${issuer}.evil.example`, aud: audience },
    ])
      await expect(authenticate(await signClaims(claims))).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it.each([
    ['answers with an error', { status: 503, body: {} }],
    ['answers with something else', { status: 200, body: { hello: 'world' } }],
  ])('does not blame the caller for an issuer that %s, and recovers', async (_name, broken) => {
    const { authenticate } = openAuthenticator({ cooldownMs: 0 })
    answer = broken
    const token = await issue(assertDefined(first))
    const failure = await authenticate(token).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(UnauthenticatedError)
    await publish(assertDefined(first))
    expect((await authenticate(token)).externalId).toBe('ada')
  })

  it('does not blame the caller for an issuer that is not there', async () => {
    const away = createAuthenticator({ type: 'jwks', url: 'http://127.0.0.1:1/jwks.json' })
    const failure = await away.authenticate(await issue(assertDefined(first))).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(UnauthenticatedError)
  })
})
