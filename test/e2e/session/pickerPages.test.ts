import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { consoleFolder } from '../../../src/server/console/app.ts'
import { it as base } from '../../harness/it.ts'
import { send } from './browser.ts'

const origins = ['https://lms.example', 'http://localhost:8080']

const it = base.extend('worldOptions', { scope: 'file' }, () => ({ env: { CORS_ORIGINS: origins.join(',') } }))
const itWithoutOrigins = base

describe('the page of the picker', () => {
  it('may be shown in frames of CORS_ORIGINS only', async ({ world }) => {
    const policy = (await send(world, 'GET', '/console/picker')).headers.get('content-security-policy')
    expect(policy).toContain(`frame-ancestors ${origins.join(' ')}; require-trusted-types-for 'script'`)
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).not.toContain('unsafe')
  })

  it('knows from which origins it may take a token', async ({ world }) => {
    const html = await (await send(world, 'GET', '/console/picker')).text()
    expect(html).toContain(`name="frame-origins" content="${origins.join(' ')}"`)
  })

  it('is kept by no cache', async ({ world }) => {
    expect((await send(world, 'GET', '/console/picker')).headers.get('cache-control')).toBe('no-store')
  })

  it('names scripts that exist', async ({ world }) => {
    const html = await (await send(world, 'GET', '/console/picker')).text()
    const [, script = ''] = /<script type="module" crossorigin src="([^"]+)"/.exec(html) ?? []
    const url = new URL(script, `${world.origin}/console/picker`)
    expect(url.pathname).toMatch(/^\/console\/assets\/picker-/)
    expect((await fetch(url)).status).toBe(200)
  })

  it('leaves the other pages of the console without frames', async ({ world }) => {
    const policy = (await send(world, 'GET', '/console/library')).headers.get('content-security-policy')
    expect(policy).toContain("frame-ancestors 'none'")
  })

  it('is sent without a body to HEAD', async ({ world }) => {
    const response = await send(world, 'HEAD', '/console/picker')
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})

describe('the page of the picker without CORS_ORIGINS', () => {
  itWithoutOrigins('may be shown in no frame', async ({ world }) => {
    const response = await send(world, 'GET', '/console/picker')
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(await response.text()).toContain('name="frame-origins" content=""')
  })
})

describe('the script of the element', () => {
  it.for(origins)('may be loaded by pages of %s', async (origin, { world }) => {
    const { status, headers } = await send(world, 'GET', '/console/picker.js', { headers: { origin } })
    expect(status).toBe(200)
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(headers.get('cache-control')).toBe('public, max-age=300')
    expect(headers.get('vary')).toContain('Origin')
  })

  it('may not be loaded by pages of other origins', async ({ world }) => {
    const { headers } = await send(world, 'GET', '/console/picker.js', { headers: { origin: 'https://evil.example' } })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('is compressed for those who accept it', async ({ world }) => {
    const headers = { 'accept-encoding': 'gzip' }
    const response = await send(world, 'GET', '/console/picker.js', { headers })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.text()).toBe(await readFile(join(consoleFolder, 'picker.js'), 'utf8'))
  })

  it('imports nothing, so that it needs no other file', async () => {
    expect(await readFile(join(consoleFolder, 'picker.js'), 'utf8')).not.toMatch(/\bimport\s*[{"'(]|\bfrom\s*["']/)
  })

  it('is at most 2 KB long, compressed', async () => {
    expect(gzipSync(await readFile(join(consoleFolder, 'picker.js'))).length).toBeLessThanOrEqual(2048)
  })

  it('refuses other methods', async ({ world }) => {
    const response = await send(world, 'POST', '/console/picker.js')
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})
