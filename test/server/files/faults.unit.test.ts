import { describe, expect } from 'vitest'
import { it } from './filesIt.ts'
import { bytes, etag } from './filesWorld.ts'

const digest = etag.slice(1, -1)
const requestHeaders = [
  ['a plain request', {}],
  ['a range', { Range: 'bytes=0-9' }],
  ['If-None-Match with its ETag', { 'If-None-Match': etag }],
  ['If-Range with its ETag', { Range: 'bytes=0-9', 'If-Range': etag }],
  ['If-Match with another ETag', { 'If-Match': '"other"' }],
] as const

describe('a file whose bytes are missing', () => {
  it.for(requestHeaders)('is refused with 404 for %s', async ([, headers], { world }) => {
    await world.changeBytes(null)
    const reply = await world.get(headers)
    expect([reply.status, reply.headers['cache-control'], reply.headers.etag]).toEqual([404, 'no-store', undefined])
    expect(reply.body.toString()).toContain('missing from the storage')
  })

  it('is refused with 404 for HEAD', async ({ world }) => {
    await world.changeBytes(null)
    const { status, body } = await world.call('HEAD', world.signUrl())
    expect([status, body.length]).toEqual([404, 0])
  })

  it('is reported with its digest', async ({ world }) => {
    await world.changeBytes(null)
    await world.get()
    expect(world.reportedFaults).toEqual([`MISSING ${digest}`])
  })

  it('is not logged as a bug', async ({ world }) => {
    await world.changeBytes(null)
    await world.get()
    expect(world.errorFields).toEqual([])
  })
})

describe('a file whose bytes are damaged', () => {
  it.for(requestHeaders)('is refused with 503 for %s', async ([, headers], { world }) => {
    await world.changeBytes(bytes.subarray(1))
    const reply = await world.get(headers)
    expect([reply.status, reply.headers['cache-control'], reply.headers.etag]).toEqual([503, 'no-store', undefined])
    expect(reply.headers['retry-after']).toBe('600')
    expect(reply.body.toString()).toContain('damaged')
  })

  it('is refused with 503 for HEAD', async ({ world }) => {
    await world.changeBytes(Buffer.concat([bytes, bytes]))
    const { status, body } = await world.call('HEAD', world.signUrl())
    expect([status, body.length]).toEqual([503, 0])
  })

  it('is reported with its digest', async ({ world }) => {
    await world.changeBytes(Buffer.alloc(0))
    await world.get()
    expect(world.reportedFaults).toEqual([`DAMAGED ${digest}`])
  })

  it('is refused without a look at its size once it is marked', async ({ world }) => {
    world.changeFile({ fault: 'DAMAGED' })
    expect((await world.get()).status).toBe(503)
  })

  it('is not redirected to the bucket once it is marked', async ({ world }) => {
    world.redirectTo('https://bucket.example.com/blob?signature=1')
    world.changeFile({ fault: 'DAMAGED' })
    expect((await world.get()).status).toBe(503)
    expect(world.requests).toEqual([])
  })
})

describe('a file that is marked as missing', () => {
  it('is not redirected to the bucket', async ({ world }) => {
    world.redirectTo('https://bucket.example.com/blob?signature=1')
    world.changeFile({ fault: 'MISSING' })
    await world.changeBytes(null)
    expect((await world.get()).status).toBe(404)
  })

  it('is served as soon as its bytes have returned', async ({ world }) => {
    world.changeFile({ fault: 'MISSING' })
    expect((await world.get()).status).toBe(200)
  })
})
