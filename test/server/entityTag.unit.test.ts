import { describe, expect } from 'vitest'
import { it } from './serverIt.ts'
import type { ServerWorld } from './serverWorld.ts'

const get = async (world: ServerWorld, query: string, headers: Record<string, string> = {}) =>
  fetch(`${world.url}/graphql?query=${encodeURIComponent(query)}`, {
    headers: { accept: 'application/json', authorization: `Bearer ${await world.token()}`, ...headers },
  })

describe('a query over GET', () => {
  it('has an ETag, with which only the cache of the caller may keep it', async ({ world }) => {
    const response = await get(world, '{ hello }')
    expect(response.headers.get('ETag')).toMatch(/^"[\w-]{43}"$/)
    expect(response.headers.get('Cache-Control')).toBe('private, no-cache')
    expect(response.headers.get('Vary')).toContain('Authorization')
    expect(await response.json()).toEqual({ data: { hello: 'world' } })
  })

  it.for([
    ['the tag', (tag: string) => tag],
    ['a list with the tag', (tag: string) => `"other", W/${tag}`],
    ['any tag', () => '*'],
  ] as const)('is answered with 304 to %s', async ([, headerOf], { world }) => {
    const tag = (await get(world, '{ hello }')).headers.get('ETag') ?? ''
    const response = await get(world, '{ hello }', { 'if-none-match': headerOf(tag) })
    expect([response.status, await response.text(), response.headers.get('ETag')]).toEqual([304, '', tag])
  })

  it('is answered anew to the tag of another answer', async ({ world }) => {
    const tag = (await get(world, '{ role }')).headers.get('ETag') ?? ''
    const response = await get(world, '{ hello }', { 'if-none-match': tag })
    expect([response.status, await response.json()]).toEqual([200, { data: { hello: 'world' } }])
  })

  it('has no ETag if it has errors', async ({ world }) => {
    const response = await get(world, '{ hello missing }', { 'if-none-match': '*' })
    expect([response.status, response.headers.get('ETag'), response.headers.get('Cache-Control')]).toEqual([
      200,
      null,
      'no-store',
    ])
  })

  it('is refused without a token, whatever the tag', async ({ world }) => {
    expect((await get(world, '{ hello }', { 'if-none-match': '*', authorization: '' })).status).toBe(401)
  })
})
