import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { it } from '../../harness/it.ts'
import { send } from './browser.ts'

const paths = ['/console/', '/console/sign-in', '/console/sign-in?return=/console/library']

describe('a page of the console', () => {
  it.for(paths)('allows its own script only: %s', async (path, { world }) => {
    const { headers, html } = await send(world, 'GET', path).then(async (response) => ({
      headers: response.headers,
      html: await response.text(),
    }))
    const policy = headers.get('content-security-policy') ?? ''
    const script = /<script type="module">(.*)<\/script>/s.exec(html)?.[1] ?? ''
    expect(script).not.toBe('')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`)
    expect(policy).toContain("connect-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it.for(paths)('is kept by no cache: %s', async (path, { world }) => {
    expect((await send(world, 'GET', path)).headers.get('cache-control')).toBe('no-store')
  })

  it('that signs in names the path to which the browser returns', async ({ world }) => {
    const html = await (await send(world, 'GET', '/console/sign-in?return=/console/library%3Fa%3D1%26b%3D2')).text()
    expect(html).toContain('data-target="./library?a=1&#38;b=2"')
  })

  it('refuses another return path with a reason', async ({ world }) => {
    const response = await send(world, 'GET', '/console/sign-in?return=//evil.example')
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain('Must be a path of this site that begins with /console/.')
  })

  it('refuses other methods', async ({ world }) => {
    const response = await send(world, 'PUT', '/console/session')
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST, DELETE')
  })

  it('of the callback says that there is no login service', async ({ world }) => {
    const response = await send(world, 'GET', '/console/callback?code=x&state=y')
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('This server has no login service.')
  })
})
