import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { consoleFolder } from '../../../src/server/console/app.ts'
import { it } from '../../harness/it.ts'
import { send } from './browser.ts'

const paths = [
  '/console/',
  '/console/library',
  '/console/library/x/usages?a=1',
  '/console/sign-in?return=/console/library',
]

describe('a page of the console', () => {
  it.for(paths)('allows its own scripts only: %s', async (path, { world }) => {
    const { headers } = await send(world, 'GET', path)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src-elem 'self' 'sha256-")
    expect(policy).toContain("connect-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types mediagraph")
    expect(policy).not.toContain('unsafe')
  })

  it.for(paths)('is kept by no cache: %s', async (path, { world }) => {
    expect((await send(world, 'GET', path)).headers.get('cache-control')).toBe('no-store')
  })

  it.for(paths)('names its scripts relative to its address: %s', async (path, { world }) => {
    const html = await (await send(world, 'GET', path)).text()
    const [, script = ''] = /<script type="module" crossorigin src="([^"]+)"/.exec(html) ?? []
    const url = new URL(script, world.origin + path)
    expect(url.pathname).toMatch(/^\/console\/assets\//)
    const response = await fetch(url, { headers: { 'accept-encoding': 'br' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-encoding')).toBe('br')
    expect(response.headers.get('cache-control')).toContain('immutable')
  })

  it('names the ways to sign in', async ({ world }) => {
    expect(await (await send(world, 'GET', '/console/')).text()).toContain('name="sign-in-methods" content="link"')
  })

  it('is not sent for an asset that does not exist', async ({ world }) => {
    const response = await send(world, 'GET', '/console/assets/unknown.js')
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).not.toContain('html')
  })

  it('has assets compressed beforehand', async () => {
    const names = await readdir(join(consoleFolder, 'assets'))
    const scripts = names.filter((name) => name.endsWith('.js'))
    expect(scripts.filter((name) => !names.includes(`${name}.br`) || !names.includes(`${name}.gz`))).toEqual([])
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
