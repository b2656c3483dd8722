import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import * as tus from 'tus-js-client'
import { describe, expect, vi } from 'vitest'
import { it } from './uploadsIt.ts'
import { ada, bearer, mebibyte, patch, site, type UploadsWorld } from './uploadsWorld.ts'

describe('access to an upload', () => {
  const attempt = async (world: UploadsWorld, headers: OutgoingHttpHeaders) => {
    const { id } = await world.create(4)
    const replies = [
      await world.call('HEAD', `/uploads/${id}`, headers),
      await world.call('PATCH', `/uploads/${id}`, { ...headers, ...patch(0) }, Buffer.from('abcd')),
      await world.call('DELETE', `/uploads/${id}`, headers),
    ]
    expect(world.row(id).status === 'WAITING' || replies[1]?.status === 204).toBe(true)
    return replies.map(({ status }) => status)
  }

  it('is refused without a token', async ({ world }) => {
    expect(await attempt(world, {})).toEqual([401, 401, 401])
  })

  it('is refused with a forged token', async ({ world }) => {
    expect(await attempt(world, bearer('forged'))).toEqual([401, 401, 401])
  })

  it('is refused to another user', async ({ world }) => {
    expect(await attempt(world, bearer('bob'))).toEqual([403, 403, 403])
  })

  it('is granted to an admin', async ({ world }) => {
    expect((await attempt(world, bearer('root'))).slice(0, 2)).toEqual([200, 204])
  })

  it('is granted with the upload token of that upload until the token expires', async ({ world }) => {
    const { id, expiresAt } = await world.create(4)
    const headers = { 'Upload-Token': world.tokens.create({ id, expiresAt }) }
    expect((await world.call('HEAD', `/uploads/${id}`, headers)).status).toBe(200)
    world.clock.time = new Date(expiresAt.getTime() + 1000)
    expect((await world.call('HEAD', `/uploads/${id}`, headers)).status).toBe(401)
  })

  it('is refused with the upload token of another upload', async ({ world }) => {
    const headers = { 'Upload-Token': world.tokens.create(await world.create(4)) }
    const { id } = await world.create(4)
    expect((await world.call('HEAD', `/uploads/${id}`, headers)).status).toBe(401)
  })

  it("is refused with a malformed upload token, even beside the owner's token", async ({ world }) => {
    const { id } = await world.create(4)
    expect((await world.call('HEAD', `/uploads/${id}`, { 'Upload-Token': 'x', ...bearer('ada') })).status).toBe(401)
  })

  it('answers 404 for an unknown id, well-formed or not', async ({ world }) => {
    const unknown = '00000000-0000-4000-8000-000000000000'
    for (const id of [unknown, '..%2f..%2fetc', '%00', 'x', `${unknown}.json`]) {
      expect((await world.call('HEAD', `/uploads/${id}`, bearer('ada'))).status).toBe(404)
    }
  })

  it('reports when the upload expires', async ({ world }) => {
    const { id, expiresAt } = await world.create(4)
    const head = await world.call('HEAD', `/uploads/${id}`, bearer('ada'))
    expect(head.headers['upload-expires']).toBe(expiresAt.toUTCString())
  })

  it('answers 410 for an expired upload', async ({ world }) => {
    const { id, expiresAt } = await world.create(4)
    world.clock.time = expiresAt
    const reply = await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, Buffer.from('abcd'))
    expect(reply).toMatchObject({ status: 410, text: 'This upload has expired.\n' })
  })

  it('lets the client of a large refused body read the reason', async ({ world }) => {
    const bytes = Buffer.alloc(20 * mebibyte)
    const { id } = await world.create(bytes.length)
    const reply = await world.call('PATCH', `/uploads/${id}`, { ...bearer('bob'), ...patch(0) }, bytes)
    expect(reply).toMatchObject({ status: 403, text: 'Only its owner or an admin may access an upload.\n' })
  })
})

describe('creation by a plain tus client', () => {
  const metadata = `filename ${Buffer.from('Vorlesung 1.mp4').toString('base64')}`

  const create = async (world: UploadsWorld, more: OutgoingHttpHeaders = {}) => {
    const headers = { ...bearer('ada'), 'Upload-Length': '4', 'Upload-Metadata': metadata, ...more }
    const reply = await world.call('POST', '/uploads', headers)
    return { ...reply, location: String(reply.headers.location) }
  }

  it('creates an upload', async ({ world }) => {
    const { status, headers, location } = await create(world)
    expect(status).toBe(201)
    expect(headers['upload-expires']).toBeDefined()
    const id = location.slice(location.lastIndexOf('/') + 1)
    expect(world.row(id)).toMatchObject({ ownerId: 'ada', fileName: 'Vorlesung 1.mp4', sizeBytes: 4 })
  })

  it('answers the public URL of the upload, ignoring forwarded headers', async ({ world }) => {
    const forged = { 'X-Forwarded-Host': 'evil.example.com', 'X-Forwarded-Proto': 'https, http' }
    const { location } = await create(world, forged)
    expect(location).toMatch(/^https:\/\/media\.example\.com\/uploads\/.+$/)
  })

  it.for([
    { who: 'a request without a token', headers: {}, status: 401 },
    { who: 'a viewer', headers: { ...bearer('vic'), 'Upload-Length': '4', 'Upload-Metadata': metadata }, status: 403 },
    { who: 'an upload without a name', headers: { ...bearer('ada'), 'Upload-Length': '4' }, status: 400 },
    { who: 'an upload without a size', headers: { ...bearer('ada'), 'Upload-Metadata': metadata }, status: 400 },
    { who: 'a deferred size', headers: { ...bearer('ada'), 'Upload-Defer-Length': '1' }, status: 400 },
    { who: 'a negative size', headers: { ...bearer('ada'), 'Upload-Length': '-4' }, status: 400 },
    { who: 'a size over the limit', headers: { ...bearer('ada'), 'Upload-Length': '1e15' }, status: 413 },
  ])('refuses $who', async ({ headers, status }, { world }) => {
    const reply = await world.call('POST', '/uploads', headers)
    expect(reply.status).toBe(status)
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(reply.headers['x-request-id']).toBeDefined()
    expect(await world.incomingNames()).toEqual([])
  })
})

describe('termination', () => {
  it('removes the bytes, after which the URL answers 410', async ({ world }) => {
    const bytes = randomBytes(100_000)
    const upload = await world.create(bytes.length)
    await world.interruptAfter(upload, 0, bytes.subarray(0, 50_000))
    await tus.Upload.terminate(`${world.origin}/uploads/${upload.id}`, { headers: bearer('ada') })
    expect(world.row(upload.id).status).toBe('CANCELLED')
    expect(await world.incomingNames()).toEqual([])
    expect((await world.call('HEAD', `/uploads/${upload.id}`, bearer('ada'))).status).toBe(410)
  })

  it('stops a request that is still sending when the service removes the bytes', async ({ world }) => {
    const upload = await world.create(mebibyte)
    const sending = request(`${world.origin}/uploads/${upload.id}`, {
      method: 'PATCH',
      headers: { 'Tus-Resumable': '1.0.0', ...bearer('ada'), ...patch(0), 'Content-Length': mebibyte },
    }).on('error', () => {})
    const responseEvent = once(sending, 'response')
    sending.write(Buffer.alloc(100_000))
    await vi.waitFor(() => expect(world.row(upload.id).received).not.toEqual([]), 5000)
    await world.sessions.cancelSession(ada, upload.id)
    const [res] = await responseEvent
    expect(res.statusCode).toBe(410)
    expect(world.row(upload.id).completedFiles).toEqual([])
    expect(await world.incomingNames()).toEqual([])
  })
})

describe('a browser', () => {
  const preflightHeaders = {
    Origin: site,
    'Access-Control-Request-Method': 'PATCH',
    'Access-Control-Request-Headers': 'upload-token,tus-resumable,upload-offset,content-type',
  }

  it('gets a preflight answer for a listed origin without a token', async ({ world }) => {
    const { status, headers } = await world.call('OPTIONS', '/uploads/x', preflightHeaders)
    expect(status).toBe(204)
    expect(headers['access-control-allow-origin']).toBe(site)
    expect(headers['access-control-allow-methods']).toContain('PATCH')
    expect(headers['access-control-allow-headers']).toBe(preflightHeaders['Access-Control-Request-Headers'])
    expect(headers.vary).toBe('Origin')
  })

  it('gets no CORS header for another origin, errors included', async ({ world }) => {
    const foreign = { ...preflightHeaders, Origin: 'https://evil.example.com' }
    for (const reply of [
      await world.call('OPTIONS', '/uploads', foreign),
      await world.call('HEAD', '/uploads/x', foreign),
    ]) {
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })

  it('can read answers and refusals from a listed origin', async ({ world }) => {
    const { id } = await world.create(4)
    for (const headers of [bearer('ada'), {}]) {
      const reply = await world.call('HEAD', `/uploads/${id}`, { Origin: site, ...headers })
      expect(reply.headers['access-control-allow-origin']).toBe(site)
      expect(reply.headers['access-control-expose-headers']).toContain('Upload-Offset')
    }
  })
})

describe('the protocol', () => {
  it('is described by OPTIONS', async ({ world }) => {
    const { status, headers } = await world.call('OPTIONS', '/uploads', {})
    expect(status).toBe(204)
    expect(headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-extension': 'creation,expiration,termination',
      'tus-max-size': String(64 * mebibyte),
    })
  })

  it.for(['GET', 'PUT'])('does not allow %s on an upload', async (method, { world }) => {
    const { id } = await world.create(4)
    const reply = await world.call(method, `/uploads/${id}`, bearer('ada'))
    expect(reply).toMatchObject({ status: 405, headers: { allow: 'OPTIONS, HEAD, PATCH, DELETE' } })
  })

  it('answers 412 to another version of tus', async ({ world }) => {
    expect((await world.call('POST', '/uploads', { ...bearer('ada'), 'Tus-Resumable': '0.2' })).status).toBe(412)
  })
})
