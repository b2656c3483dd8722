import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import * as tus from 'tus-js-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ada, bearer, mebibyte, openUploadsWorld, patch, site, type UploadsWorld } from './uploadsWorld.ts'

let world: UploadsWorld
beforeEach(async () => {
  world = await openUploadsWorld()
})
afterEach(() => world.close())

describe('who may send', () => {
  const attempt = async (headers: OutgoingHttpHeaders) => {
    const { id } = await world.create(4)
    const replies = [
      await world.call('HEAD', `/uploads/${id}`, headers),
      await world.call('PATCH', `/uploads/${id}`, { ...headers, ...patch(0) }, Buffer.from('abcd')),
      await world.call('DELETE', `/uploads/${id}`, headers),
    ]
    expect(world.row(id).status === 'WAITING' || replies[1]?.status === 204).toBe(true)
    return replies.map(({ status }) => status)
  }

  test('nobody', async () => {
    expect(await attempt({})).toEqual([401, 401, 401])
    expect(await attempt(bearer('forged'))).toEqual([401, 401, 401])
  })

  test('another person', async () => {
    expect(await attempt(bearer('bob'))).toEqual([403, 403, 403])
  })

  test('an admin', async () => {
    expect((await attempt(bearer('root'))).slice(0, 2)).toEqual([200, 204])
  })

  test('an upload token opens its own upload until it expires', async () => {
    const { id, expiresAt } = await world.create(4)
    const other = await world.create(4)
    const headers = { 'Upload-Token': world.tokens.create({ id, expiresAt }) }
    expect((await world.call('HEAD', `/uploads/${id}`, headers)).status).toBe(200)
    expect((await world.call('HEAD', `/uploads/${other.id}`, headers)).status).toBe(401)
    expect((await world.call('HEAD', `/uploads/${id}`, { 'Upload-Token': 'x', ...bearer('ada') })).status).toBe(401)
    world.clock.time = new Date(expiresAt.getTime() + 1000)
    expect((await world.call('HEAD', `/uploads/${id}`, headers)).status).toBe(401)
  })

  test('an unknown upload is not found, whatever its id looks like', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000'
    for (const id of [unknown, '..%2f..%2fetc', '%00', 'x', `${unknown}.json`]) {
      expect((await world.call('HEAD', `/uploads/${id}`, bearer('ada'))).status).toBe(404)
    }
  })

  test('an expired upload is gone', async () => {
    const { id, expiresAt } = await world.create(4)
    const head = await world.call('HEAD', `/uploads/${id}`, bearer('ada'))
    expect(head.headers['upload-expires']).toBe(expiresAt.toUTCString())
    world.clock.time = expiresAt
    const reply = await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, Buffer.from('abcd'))
    expect(reply).toMatchObject({ status: 410, text: 'This upload has expired.\n' })
  })

  test('a large body that is refused still lets the client read why', async () => {
    const bytes = Buffer.alloc(20 * mebibyte)
    const { id } = await world.create(bytes.length)
    const reply = await world.call('PATCH', `/uploads/${id}`, { ...bearer('bob'), ...patch(0) }, bytes)
    expect(reply).toMatchObject({ status: 403, text: 'Only its owner may touch an upload.\n' })
  })
})

describe('creating by a plain tus client', () => {
  const metadata = `filename ${Buffer.from('Vorlesung 1.mp4').toString('base64')}`

  test('creates through the service and answers the public URL, whatever a proxy claims', async () => {
    const headers = { ...bearer('ada'), 'Upload-Length': '4', 'Upload-Metadata': metadata }
    const forged = { ...headers, 'X-Forwarded-Host': 'evil.example.com', 'X-Forwarded-Proto': 'https, http' }
    const reply = await world.call('POST', '/uploads', forged)
    expect(reply.status).toBe(201)
    expect(reply.headers['upload-expires']).toBeDefined()
    const [, id = ''] = /^https:\/\/media\.example\.com\/uploads\/(.+)$/.exec(String(reply.headers.location)) ?? []
    expect(world.row(id)).toMatchObject({ ownerId: 'ada', fileName: 'Vorlesung 1.mp4', sizeBytes: 4 })
  })

  test.each([
    { who: 'nobody', headers: {}, status: 401 },
    { who: 'a viewer', headers: { ...bearer('vic'), 'Upload-Length': '4', 'Upload-Metadata': metadata }, status: 403 },
    { who: 'who gives no name', headers: { ...bearer('ada'), 'Upload-Length': '4' }, status: 400 },
    { who: 'who gives no size', headers: { ...bearer('ada'), 'Upload-Metadata': metadata }, status: 400 },
    { who: 'who defers the size', headers: { ...bearer('ada'), 'Upload-Defer-Length': '1' }, status: 400 },
    { who: 'who gives a negative size', headers: { ...bearer('ada'), 'Upload-Length': '-4' }, status: 400 },
    { who: 'who gives too large a size', headers: { ...bearer('ada'), 'Upload-Length': '1e15' }, status: 413 },
  ])('refuses $who', async ({ headers, status }) => {
    const reply = await world.call('POST', '/uploads', headers)
    expect(reply.status).toBe(status)
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(reply.headers['x-request-id']).toBeDefined()
    expect(await world.incomingNames()).toEqual([])
  })
})

describe('terminating', () => {
  test('removes the bytes, and the URL is gone', async () => {
    const bytes = randomBytes(100_000)
    const upload = await world.create(bytes.length)
    await world.cutAfter(upload, 0, bytes.subarray(0, 50_000))
    await tus.Upload.terminate(`${world.origin}/uploads/${upload.id}`, { headers: bearer('ada') })
    expect(world.row(upload.id).status).toBe('CANCELLED')
    expect(await world.incomingNames()).toEqual([])
    expect((await world.call('HEAD', `/uploads/${upload.id}`, bearer('ada'))).status).toBe(410)
  })

  test('stops a request that is still sending, also when the service removes the bytes by itself', async () => {
    const upload = await world.create(mebibyte)
    const sending = request(`${world.origin}/uploads/${upload.id}`, {
      method: 'PATCH',
      headers: { 'Tus-Resumable': '1.0.0', ...bearer('ada'), ...patch(0), 'Content-Length': mebibyte },
    }).on('error', () => {})
    const responseEvent = once(sending, 'response')
    sending.write(Buffer.alloc(100_000))
    await vi.waitFor(async () => expect(await world.incomingNames()).toHaveLength(2), 5000)
    await world.transfers.cancelSession(ada, upload.id)
    const [res] = await responseEvent
    expect(res.statusCode).toBe(410)
    expect(world.row(upload.id).completedFiles).toEqual([])
    expect(await world.incomingNames()).toEqual([])
  })
})

describe('browsers', () => {
  const preflightHeaders = {
    Origin: site,
    'Access-Control-Request-Method': 'PATCH',
    'Access-Control-Request-Headers': 'upload-token,tus-resumable,upload-offset,content-type',
  }

  test('a preflight of a listed origin passes without a token', async () => {
    const { status, headers } = await world.call('OPTIONS', '/uploads/x', preflightHeaders)
    expect(status).toBe(204)
    expect(headers['access-control-allow-origin']).toBe(site)
    expect(headers['access-control-allow-methods']).toContain('PATCH')
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ')
    expect(allowed).toEqual(expect.arrayContaining(preflightHeaders['Access-Control-Request-Headers'].split(',')))
    expect(headers.vary).toBe('Origin')
  })

  test('other origins get no such header, and neither do their errors', async () => {
    const foreign = { ...preflightHeaders, Origin: 'https://evil.example.com' }
    for (const reply of [
      await world.call('OPTIONS', '/uploads', foreign),
      await world.call('HEAD', '/uploads/x', foreign),
    ]) {
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })

  test('answers and refusals can be read by a listed origin', async () => {
    const { id } = await world.create(4)
    for (const headers of [bearer('ada'), {}]) {
      const reply = await world.call('HEAD', `/uploads/${id}`, { Origin: site, ...headers })
      expect(reply.headers['access-control-allow-origin']).toBe(site)
      expect(reply.headers['access-control-expose-headers']).toContain('Upload-Offset')
    }
  })

  test('says what it can do', async () => {
    const { status, headers } = await world.call('OPTIONS', '/uploads', {})
    expect(status).toBe(204)
    expect(headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-extension': 'creation,expiration,termination',
      'tus-max-size': String(64 * mebibyte),
    })
  })

  test.each(['GET', 'PUT'])('%s is not possible on an upload', async (method) => {
    const { id } = await world.create(4)
    const reply = await world.call(method, `/uploads/${id}`, bearer('ada'))
    expect(reply).toMatchObject({ status: 405, headers: { allow: 'OPTIONS, HEAD, PATCH, DELETE' } })
  })

  test('a request that does not speak tus is told so', async () => {
    expect((await world.call('POST', '/uploads', { ...bearer('ada'), 'Tus-Resumable': '0.2' })).status).toBe(412)
  })
})
