import { describe, expect } from 'vitest'
import { clientId, clientSecret, startIssuer } from '../../harness/issuer.ts'
import { it as base } from '../../harness/it.ts'
import { freePort } from '../../harness/port.ts'
import type { WorldOptions } from '../../harness/world.ts'
import { send } from './browser.ts'

const max = 3

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('worldOptions', { scope: 'file' }, async ({}, { onCleanup }): Promise<WorldOptions> => {
    const [port, serverPort] = [await freePort(), await freePort()]
    const issuer = await startIssuer({ port, redirectUri: `http://127.0.0.1:${serverPort}/console/callback` })
    onCleanup(() => issuer.stop())
    return {
      env: {
        PORT: String(serverPort),
        OIDC_ISSUER: issuer.url,
        OIDC_CLIENT_ID: clientId,
        OIDC_CLIENT_SECRET: clientSecret,
        OIDC_ROLE_CLAIM: 'role',
        RATE_LIMIT_SIGN_INS: String(max),
      },
    }
  })
  /** Begins a sign-in from an address, by way of a trusted proxy. */
  .extend('begin', { scope: 'file' }, ({ world }) => (address: string) => {
    const headers = { origin: undefined, 'x-forwarded-for': address }
    return send(world, 'GET', '/console/sign-in', { headers })
  })

describe('sign-ins of one address', () => {
  it('are refused beyond the limit by a page', async ({ begin }) => {
    for (let count = 0; count < max; count++) expect((await begin('192.0.2.1')).status).toBe(303)
    const refused = await begin('192.0.2.1')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await refused.text()).toContain('At most 3 sign-ins in a minute from one address. Try again in')
  })

  it('are not stored beyond the limit', async ({ world, begin }) => {
    const { signIn } = world.runtime.ports.database
    await signIn.deleteMany()
    await Promise.all(Array.from({ length: 3 * max }, () => begin('192.0.2.2')))
    expect(await signIn.count()).toBe(max)
  })

  it('leave those of other addresses alone', async ({ begin }) => {
    for (let count = 0; count <= max; count++) await begin('192.0.2.3')
    expect((await begin('192.0.2.4')).status).toBe(303)
  })
})
