import { describe, expect } from 'vitest'
import { it } from './filesIt.ts'
import { bytes, etag, site } from './filesWorld.ts'

describe('the range', () => {
  it.for([
    { range: 'bytes=0-0', start: 0, end: 1 },
    { range: 'bytes=100-199', start: 100, end: 200 },
    { range: 'bytes=199990-', start: 199_990, end: 200_000 },
    { range: 'bytes=-10', start: 199_990, end: 200_000 },
    { range: 'bytes=199999-999999', start: 199_999, end: 200_000 },
    { range: 'bytes=-999999', start: 0, end: 200_000 },
  ])('$range returns its part of the file', async ({ range, start, end }, { world }) => {
    const { status, headers, body } = await world.get({ Range: range })
    expect(status).toBe(206)
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/${bytes.length}`)
    expect(body.equals(bytes.subarray(start, end))).toBe(true)
  })

  it.for(['bytes=200000-', 'bytes=999999-9999999', 'bytes=-0'])(
    '%s is refused with 416, since it is outside the file',
    async (range, { world }) => {
      const { status, headers, body } = await world.get({ Range: range, Origin: site })
      expect(status).toBe(416)
      expect(headers['content-range']).toBe(`bytes */${bytes.length}`)
      expect(headers['content-type']).toBe('text/plain; charset=utf-8')
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['access-control-allow-origin']).toBe(site)
      expect(headers.etag).toBeUndefined()
      expect(body.toString()).toBe('The range is outside the file. Content-Range contains the size of the file.\n')
    },
  )

  it.for(['bytes=0-1,5-6', 'bytes=x', 'lines=1-2', 'bytes=5-1'])('%s is ignored', async (range, { world }) => {
    const { status, body } = await world.get({ Range: range })
    expect([status === 200, body.length]).toEqual([true, bytes.length])
  })

  it('is used if If-Range has the ETag of the file', async ({ world }) => {
    expect((await world.get({ Range: 'bytes=0-9', 'If-Range': etag })).status).toBe(206)
  })

  it.for(['"other"', `W/${etag}`, 'Thu, 01 Jan 2026 00:00:00 GMT'])(
    'is ignored with If-Range %s',
    async (other, { world }) => {
      expect((await world.get({ Range: 'bytes=0-9', 'If-Range': other })).status).toBe(200)
    },
  )
})
