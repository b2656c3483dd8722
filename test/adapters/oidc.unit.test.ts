import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLoginService } from '../../src/adapters/oidc.ts'
import { UnavailableError } from '../../src/services/kernel/errors.ts'
import { createLogSpy } from '../harness/logSpy.ts'

const secrets = { state: 'state', nonce: 'nonce', codeVerifier: 'v'.repeat(43) }

/** Starts a server on loopback that answers as the test says, and a client of it as login service. */
const openLoginService = async (answer: RequestListener) => {
  const server = createServer((req, res) => answer(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // as: a TCP server has no other address
  const service = createLoginService({
    issuer,
    clientId: 'mediagraph',
    clientSecret: 'secret',
    roleClaim: 'groups',
    publicUrl: 'https://media.school.example',
    log: createLogSpy().log,
    timeoutSeconds: 0.2,
  })
  return { issuer, service }
}

const toJson =
  (body: object): RequestListener =>
  (_req, res) =>
    void res.setHeader('Content-Type', 'application/json').end(JSON.stringify(body))

describe('a login service', () => {
  it.for<[string, RequestListener]>([
    ['that does not answer', () => undefined],
    ['that fails', (_req, res) => void res.writeHead(500).end()],
    ['whose proxy answers', (_req, res) => void res.setHeader('Content-Type', 'text/html').end('<h1>Sorry</h1>')],
    ['that breaks the connection', (req) => void req.socket.destroy()],
    ['with another name', toJson({ issuer: 'https://evil.example' })],
  ])('%s is unavailable', async ([, answer]) => {
    const { service } = await openLoginService(answer)
    await expect(service.pageUrl(secrets)).rejects.toThrow(UnavailableError)
  })

  it('is asked again after it did not answer', async () => {
    let isDown = true
    const { service, issuer } = await openLoginService((req, res) => {
      if (isDown) req.socket.destroy()
      else toJson({ issuer, authorization_endpoint: `${issuer}/auth` })(req, res)
    })
    await expect(service.pageUrl(secrets)).rejects.toThrow(UnavailableError)
    isDown = false
    expect(await service.pageUrl(secrets)).toContain(`${issuer}/auth?`)
  })

  it.for([
    [['openid', 'groups'], 'openid profile groups'],
    [['openid', 'profile'], 'openid profile'],
    [undefined, 'openid profile'],
  ] as const)('that lists the scopes %o is asked for "%s"', async ([scopes, requested]) => {
    const { service, issuer } = await openLoginService((req, res) =>
      toJson({ issuer, authorization_endpoint: `${issuer}/auth`, scopes_supported: scopes })(req, res),
    )
    expect(new URL(await service.pageUrl(secrets)).searchParams.get('scope')).toBe(requested)
  })

  it('gets a challenge in place of the verifier', async () => {
    const { service, issuer } = await openLoginService((req, res) =>
      toJson({ issuer, authorization_endpoint: `${issuer}/auth` })(req, res),
    )
    const { searchParams } = new URL(await service.pageUrl(secrets))
    expect(Object.fromEntries(searchParams)).toMatchObject({
      client_id: 'mediagraph',
      response_type: 'code',
      redirect_uri: 'https://media.school.example/console/callback',
      code_challenge_method: 'S256',
    })
    expect(searchParams.toString()).not.toContain(secrets.codeVerifier)
  })
})
