import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  exportJWK,
  exportSPKI,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose'
import { it as base, describe, expect } from 'vitest'
import { createAuthenticator, makeToken, type TokenOptions } from '../../src/adapters/auth.ts'
import { UnauthenticatedError } from '../../src/services/kernel/errors.ts'

const secret = 'a secret of at least thirty-two characters'
const ada: TokenOptions = { sub: 'ada', name: 'Ada', role: 'editor', kind: 'person', expires: '1h' }

const sign = (claims: Record<string, unknown>, { alg = 'HS256', key = secret } = {}): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key))

const nowSeconds = (): number => Math.floor(Date.now() / 1000)
const valid = () => ({ sub: 'ada', role: 'editor', exp: nowSeconds() + 3600 })

interface KeyPair extends GenerateKeyPairResult {
  kid: string
}

const createKeyPair = async (kid: string): Promise<KeyPair> => ({
  ...(await generateKeyPair('RS256', { extractable: true })),
  kid,
})
const jwk = async ({ publicKey, kid }: KeyPair) => ({ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' })

/** Issues a token that is valid except for these claims. */
const issue = ({ privateKey, kid }: KeyPair, claims: JWTPayload = {}): Promise<string> =>
  new SignJWT({ ...valid(), ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)

const it = base
  .extend('first', { scope: 'file' }, () => createKeyPair('first'))
  .extend('second', { scope: 'file' }, () => createKeyPair('second'))
  /** Server that publishes the key set of an issuer of tokens: the first key, until a test changes the answer. */
  .extend('issuer', async ({ first }, { onCleanup }) => {
    let requestCount = 0
    let answer: { status: number; body: unknown }
    const publish = async (...pairs: KeyPair[]): Promise<void> => {
      answer = { status: 200, body: { keys: await Promise.all(pairs.map(jwk)) } }
    }
    await publish(first)
    const server = createServer((_req, res) => {
      requestCount++
      res.statusCode = answer.status
      res.setHeader('Content-Type', 'application/json')
      res.end(JSON.stringify(answer.body))
    }).listen(0, '127.0.0.1')
    onCleanup(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // as: a TCP server has no other address
    const url = `http://127.0.0.1:${port}/jwks.json`
    return {
      url,
      publish,
      answerWith(status: number, body: unknown) {
        answer = { status, body }
      },
      countRequests: () => requestCount,
      openAuthenticator: (options: { cooldownMs?: number } = {}) => createAuthenticator({ type: 'jwks', url }, options),
    }
  })
  /** Authenticator that has used the first key before the issuer replaced it by the second one. */
  .extend('rotatedAuthenticator', async ({ first, second, issuer }) => {
    const authenticator = issuer.openAuthenticator({ cooldownMs: 0 })
    await authenticator.authenticate(await issue(first))
    await issuer.publish(second)
    return authenticator
  })

describe('an authenticator with a secret', () => {
  const { authenticate } = createAuthenticator({ type: 'hs256', secret })

  it('identifies the user of a token', async () => {
    const identity = await authenticate(await makeToken(secret, ada))
    expect(identity).toMatchObject({ externalId: 'ada', name: 'Ada', role: 'EDITOR', kind: 'PERSON' })
  })

  it('returns the expiry of a token', async () => {
    const { expiresAt } = await authenticate(await makeToken(secret, ada))
    const remainingMs = (expiresAt?.getTime() ?? 0) - Date.now()
    expect(remainingMs).toBeGreaterThan(3_590_000)
    expect(remainingMs).toBeLessThan(3_610_000)
  })

  it.each([
    ['viewer', 'VIEWER'],
    ['editor', 'EDITOR'],
    ['admin', 'ADMIN'],
  ] as const)('recognises the role %s', async (role, expected) => {
    expect((await authenticate(await makeToken(secret, { ...ada, role }))).role).toBe(expected)
  })

  it('recognises a service', async () => {
    expect((await authenticate(await makeToken(secret, { ...ada, kind: 'service' }))).kind).toBe('SERVICE')
  })

  it('uses the sub as the name if there is no name', async () => {
    expect(await authenticate(await sign(valid()))).toMatchObject({ name: 'ada', kind: 'PERSON' })
  })

  it('adds a few seconds of clock difference to the validity', async () => {
    const identity = await authenticate(await sign({ ...valid(), exp: nowSeconds() - 2 }))
    expect(identity.expiresAt?.getTime()).toBeGreaterThan(Date.now())
  })

  it.each<[string, () => Promise<string> | string]>([
    ['nonsense', () => 'nonsense'],
    ['three empty parts', () => '..'],
    ['a token with another secret', () => makeToken('another secret of thirty-two characters', ada)],
    ['another algorithm', () => sign(valid(), { alg: 'HS512' })],
    ['no algorithm', () => new UnsecuredJWT(valid()).encode()],
    ['no algorithm, with a signature', async () => `${new UnsecuredJWT(valid()).encode()}${'A'.repeat(43)}`],
    ['an expired token', () => makeToken(secret, { ...ada, expires: '1 minute ago' })],
    ['a token that is not valid yet', () => sign({ ...valid(), nbf: nowSeconds() + 600 })],
    ['a token without exp', () => sign({ sub: 'ada', role: 'editor' })],
    ['a sub that is not well-formed', () => sign({ ...valid(), sub: 'a\ud800' })],
    ['an exp beyond the latest date', () => sign({ ...valid(), exp: 1e18 })],
    ['a token without a role', () => sign({ ...valid(), role: undefined })],
    ['an unknown role', () => sign({ ...valid(), role: 'root' })],
    ['a role in capitals', () => sign({ ...valid(), role: 'ADMIN' })],
    ['an unknown kind', () => sign({ ...valid(), kind: 'robot' })],
    ['a token without a sub', () => sign({ ...valid(), sub: undefined })],
    ['an empty sub', () => sign({ ...valid(), sub: '' })],
    ['a sub of 256 characters', () => sign({ ...valid(), sub: 'x'.repeat(256) })],
    ['a sub with a null character', () => sign({ ...valid(), sub: 'a\0b' })],
    ['a lone surrogate in the sub', () => sign({ ...valid(), sub: 'a\ud800' })],
    ['an invisible sub', () => sign({ ...valid(), sub: '\u200e' })],
    ['a name that is not a text', () => sign({ ...valid(), name: { en: 'Ada' } })],
  ])('refuses %s', async (_name, make) => {
    await expect(authenticate(await make())).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it.each<[string, string | null, string]>([
    ['is empty', '', 'ada'],
    ['is blank', ' \u200f\n', 'ada'],
    ['is null', null, 'ada'],
    ['is too long', 'n'.repeat(10_000), 'n'.repeat(255)],
    ['has two lines', 'Ada\r\nLovelace', 'Ada Lovelace'],
    ['has a lone surrogate', '\udc00b', 'b'],
    ['has direction marks', '\u2067\u05E2\u05D3\u05D4\u2069', '\u05E2\u05D3\u05D4'],
  ])('accepts a token whose name %s', async (_name, name, expected) => {
    expect(await authenticate(await sign({ ...valid(), name }))).toMatchObject({ externalId: 'ada', name: expected })
  })

  it('cleans a sub that it uses as the name', async () => {
    const identity = await authenticate(await sign({ ...valid(), sub: 'a\u0007\u202Eda' }))
    expect(identity).toMatchObject({ externalId: 'a\u0007\u202Eda', name: 'ada' })
  })

  it.each<[string, Record<string, unknown>]>([
    ['sub', { sub: '' }],
    ['name', { name: 7 }],
    ['role', { role: 'root' }],
    ['kind', { kind: 'robot' }],
    ['exp', { exp: undefined }],
    ['exp', { exp: 'tomorrow' }],
    ['nbf', { nbf: nowSeconds() + 600 }],
  ])('names the invalid claim %s', async (claim, claims) => {
    const token = await sign({ ...valid(), ...claims })
    await expect(authenticate(token)).rejects.toThrow(`The claim "${claim}" of the token is missing or invalid.`)
  })

  it('refuses a token with a changed role', async () => {
    const [head, , signature] = (await makeToken(secret, ada)).split('.')
    const body = Buffer.from(JSON.stringify({ ...valid(), role: 'admin' })).toString('base64url')
    await expect(authenticate(`${head}.${body}.${signature}`)).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it('names the expiry as the reason, since a new token helps', async () => {
    const token = await makeToken(secret, { ...ada, expires: '1 minute ago' })
    await expect(authenticate(token)).rejects.toThrow('The token has expired.')
  })
})

describe('an authenticator with a key set', () => {
  it('identifies the user of a token', async ({ first, issuer }) => {
    const { authenticate } = issuer.openAuthenticator()
    expect((await authenticate(await issue(first))).externalId).toBe('ada')
  })

  it('requests the keys once for several tokens', async ({ first, issuer }) => {
    const { authenticate } = issuer.openAuthenticator()
    for (const _ of [1, 2, 3]) expect((await authenticate(await issue(first))).externalId).toBe('ada')
    expect(issuer.countRequests()).toBe(1)
  })

  it('accepts the new key after a rotation', async ({ second, rotatedAuthenticator: { authenticate } }) => {
    expect((await authenticate(await issue(second))).externalId).toBe('ada')
  })

  it('refuses the withdrawn key after a rotation', async ({
    first,
    second,
    rotatedAuthenticator: { authenticate },
  }) => {
    await authenticate(await issue(second))
    await expect(authenticate(await issue(first))).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it('refuses a token that it has accepted once its key is withdrawn', async ({ first, second, issuer }) => {
    const { authenticate } = issuer.openAuthenticator({ cooldownMs: 0 })
    const token = await issue(first)
    for (const _ of [1, 2]) await authenticate(token)
    await issuer.publish(second)
    await authenticate(await issue(second))
    await expect(authenticate(token)).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  it('requests the keys once for several tokens with an unknown key', async ({ second, issuer }) => {
    const { authenticate } = issuer.openAuthenticator()
    for (const _ of [1, 2, 3])
      await expect(authenticate(await issue(second))).rejects.toBeInstanceOf(UnauthenticatedError)
    expect(issuer.countRequests()).toBe(1)
  })

  it('does not accept the public key as a secret', async ({ first, issuer }) => {
    const pem = await exportSPKI(first.publicKey)
    const { n } = await exportJWK(first.publicKey)
    for (const key of [pem, pem.trim(), String(n), JSON.stringify(await jwk(first))])
      await expect(issuer.openAuthenticator().authenticate(await sign(valid(), { key }))).rejects.toBeInstanceOf(
        UnauthenticatedError,
      )
  })

  it('does not accept a symmetric key of the set', async ({ issuer }) => {
    const k = Buffer.from(secret).toString('base64url')
    issuer.answerWith(200, { keys: [{ kty: 'oct', k, alg: 'HS256' }] })
    await expect(issuer.openAuthenticator().authenticate(await sign(valid()))).rejects.toBeInstanceOf(
      UnauthenticatedError,
    )
  })

  it.for<[string, (first: KeyPair, second: KeyPair) => Promise<string> | string]>([
    ['a forged token', (_first, second) => issue({ ...second, kid: 'first' })],
    ['an expired token', (first) => issue(first, { exp: nowSeconds() - 60 })],
    ['an unsigned token', () => new UnsecuredJWT(valid()).encode()],
  ])('refuses %s', async ([, makeInvalidToken], { first, second, issuer }) => {
    const token = await makeInvalidToken(first, second)
    await expect(issuer.openAuthenticator().authenticate(token)).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  const expected = { issuer: 'https://login.school.example', audience: 'mediagraph' }

  it.for<[string, JWTPayload]>([
    ['the audience', { iss: expected.issuer, aud: expected.audience }],
    ['a list with the audience', { iss: expected.issuer, aud: ['lms', expected.audience] }],
  ])('accepts a token of the configured issuer for %s', async ([, claims], { first, issuer }) => {
    const { authenticate } = createAuthenticator({ type: 'jwks', url: issuer.url, ...expected })
    expect((await authenticate(await issue(first, claims))).externalId).toBe('ada')
  })

  it.for([
    ['without issuer or audience', {}],
    ['without an audience', { iss: expected.issuer }],
    ['without an issuer', { aud: expected.audience }],
    ['for another audience', { iss: expected.issuer, aud: 'lms' }],
    ['of another issuer', { iss: `${expected.issuer}.evil.example`, aud: expected.audience }],
  ] as const)('refuses a token %s if both are configured', async ([, claims], { first, issuer }) => {
    const { authenticate } = createAuthenticator({ type: 'jwks', url: issuer.url, ...expected })
    await expect(authenticate(await issue(first, claims))).rejects.toBeInstanceOf(UnauthenticatedError)
  })

  const faults = [
    ['responds with an error', { status: 503, body: {} }],
    ['responds without a key set', { status: 200, body: { hello: 'world' } }],
  ] as const

  it.for(faults)('does not blame the caller for an issuer that %s', async ([, fault], { first, issuer }) => {
    const { authenticate } = issuer.openAuthenticator({ cooldownMs: 0 })
    issuer.answerWith(fault.status, fault.body)
    const failure = await authenticate(await issue(first)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(UnauthenticatedError)
  })

  it.for(faults)('recovers from an issuer that %s', async ([, fault], { first, issuer }) => {
    const { authenticate } = issuer.openAuthenticator({ cooldownMs: 0 })
    issuer.answerWith(fault.status, fault.body)
    const token = await issue(first)
    await expect(authenticate(token)).rejects.toThrow()
    await issuer.publish(first)
    expect((await authenticate(token)).externalId).toBe('ada')
  })

  it('does not blame the caller for an unreachable issuer', async ({ first }) => {
    const { authenticate } = createAuthenticator({ type: 'jwks', url: 'http://127.0.0.1:1/jwks.json' })
    const failure = await authenticate(await issue(first)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(UnauthenticatedError)
  })
})
