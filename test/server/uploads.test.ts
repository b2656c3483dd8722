import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import * as tus from 'tus-js-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createIncomingFiles } from '../../src/adapters/incoming/files.ts'
import { createSigner } from '../../src/adapters/signer.ts'
import { createDiskStorage } from '../../src/adapters/storage/disk.ts'
import { createUploadsHandler } from '../../src/server/uploads.ts'
import type { UserActor } from '../../src/services/actor.ts'
import { UnauthenticatedError } from '../../src/services/errors.ts'
import type { Log } from '../../src/services/ports.ts'
import { createUploadTokens } from '../../src/services/uploadToken.ts'
import { createMemoryTransfers, person } from './memoryTransfers.ts'

const ada = person('ada')
const callers: Record<string, UserActor> = {
  ada,
  bob: person('bob'),
  root: person('root', 'ADMIN'),
  vic: person('vic', 'VIEWER'),
}
const site = 'https://app.example.com'
const mebibyte = 1024 * 1024

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const authorize = async (token: string): Promise<UserActor> => {
  const caller = callers[token]
  if (caller === undefined) throw new UnauthenticatedError('This token is forged or has expired.')
  return caller
}

const openWorld = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'uploads-'))
  const clock = { time: new Date(), now: () => clock.time }
  const storage = createDiskStorage({ root: join(directory, 'files') })
  const memory = createMemoryTransfers({ storage, clock })
  const tokens = createUploadTokens({ signer: createSigner({ keys: [{ id: 'k1', secret: 's'.repeat(32) }] }), clock })
  const failures: object[] = []
  const ignore = () => {}
  const log: Log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields) => failures.push(fields),
    child: () => log,
  }

  const start = () => {
    const incoming = createIncomingFiles({ directory: join(directory, 'incoming') })
    memory.attach(incoming)
    const handler = createUploadsHandler({
      incoming,
      transfers: memory.transfers,
      tokens,
      authenticate: authorize,
      publicUrl: 'https://media.example.com/',
      corsOrigins: [site],
      maxUploadBytes: 64 * mebibyte,
      log,
    })
    return { handler, incoming }
  }

  let current = start()
  const server = createServer((req, res) => void current.handler(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server has no other kind

  return {
    ...memory,
    storage,
    tokens,
    clock,
    failures,
    origin,
    /** New handler and adapter over the same directory, as after a restart. */
    restart: () => {
      current = start()
    },
    incoming: () => current.incoming,
    incomingNames: () => readdir(join(directory, 'incoming')),
    create: (sizeBytes: number) => memory.transfers.create(ada, { fileName: 'lecture.mp4', sizeBytes }),
    stored: async (digest: string) =>
      buffer(await storage.read(`blobs/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`)),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true })
    },
  }
}

let world: Awaited<ReturnType<typeof openWorld>>
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

const call = async (method: string, path: string, headers: OutgoingHttpHeaders, body?: Uint8Array): Promise<Reply> => {
  const req = request(`${world.origin}${path}`, { method, headers: { 'Tus-Resumable': '1.0.0', ...headers } })
  req.end(body)
  const [res] = await once(req, 'response')
  req.on('error', () => {}) // The rest of a refused body may not get through.
  return { status: res.statusCode, headers: res.headers, text: (await buffer(res)).toString() }
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const patch = (offset: number) => ({
  'Upload-Offset': String(offset),
  'Content-Type': 'application/offset+octet-stream',
})

/** Sends `bytes` of a longer body, waits until they are on disk, and cuts the connection. */
const cutAfter = async (upload: { id: string; sizeBytes: number }, offset: number, bytes: Uint8Array) => {
  const { port } = new URL(world.origin)
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
  socket.write(
    `PATCH /uploads/${upload.id} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nAuthorization: Bearer ada\r\n` +
      `Upload-Offset: ${offset}\r\nContent-Type: application/offset+octet-stream\r\n` +
      `Content-Length: ${upload.sizeBytes - offset}\r\n\r\n`,
  )
  socket.write(bytes)
  const receivedBytes = offset + bytes.length
  await vi.waitFor(async () => expect(await world.incoming().stat(upload.id)).toMatchObject({ receivedBytes }), 5000)
  socket.destroy()
}

const uploadWithTus = (bytes: Buffer, options: Partial<tus.UploadOptions>) =>
  new Promise<tus.Upload>((resolve, reject) => {
    const upload = new tus.Upload(bytes, {
      retryDelays: null,
      storeFingerprintForResuming: false,
      onSuccess: () => resolve(upload),
      onError: reject,
      ...options,
    })
    upload.start()
  })

describe('sending bytes', () => {
  test('tus-js-client sends a file to the URL of its ticket', async () => {
    const bytes = randomBytes(5 * mebibyte + 17)
    const { id, expiresAt } = await world.create(bytes.length)
    const headers = { 'Upload-Token': world.tokens.make({ id, expiresAt }) }
    await uploadWithTus(bytes, { uploadUrl: `${world.origin}/uploads/${id}`, headers })
    expect(world.row(id).status).toBe('COMPLETED')
    expect(world.row(id).arrivals).toMatchObject([{ sha256: sha256(bytes), sizeBytes: bytes.length }])
    expect(sha256(await world.stored(sha256(bytes)))).toBe(sha256(bytes))
    expect(world.row(id).received.at(-1)).toBe(bytes.length)
    expect(await world.incomingNames()).toEqual([])
  })

  test('tus-js-client sends a file in chunks', async () => {
    const bytes = randomBytes(mebibyte)
    const { id } = await world.create(bytes.length)
    const uploadUrl = `${world.origin}/uploads/${id}`
    await uploadWithTus(bytes, { uploadUrl, chunkSize: 300_000, headers: bearer('ada') })
    expect(world.row(id).arrivals).toMatchObject([{ sha256: sha256(bytes) }])
  })

  test('an empty chunk in between and a body without a length are fine', async () => {
    const { id } = await world.create(6)
    const headers = { ...bearer('ada'), ...patch(0) }
    expect((await call('PATCH', `/uploads/${id}`, headers)).headers['upload-offset']).toBe('0')
    const chunked = { ...headers, 'Transfer-Encoding': 'chunked' }
    expect((await call('PATCH', `/uploads/${id}`, chunked, Buffer.from('abcdef'))).status).toBe(204)
    expect(world.row(id).arrivals).toMatchObject([{ sha256: sha256(Buffer.from('abcdef')) }])
  })

  test.each([false, true])('a cut upload keeps what arrived and goes on; after a restart: %s', async (restarts) => {
    const bytes = randomBytes(3 * mebibyte)
    const upload = await world.create(bytes.length)
    await cutAfter(upload, 0, bytes.subarray(0, 1_234_567))
    const head = await call('HEAD', `/uploads/${upload.id}`, bearer('ada'))
    expect(head).toMatchObject({ status: 200, headers: { 'upload-offset': '1234567' } })
    await cutAfter(upload, 1_234_567, bytes.subarray(1_234_567, 2_000_000))
    if (restarts) world.restart()
    await uploadWithTus(bytes, { uploadUrl: `${world.origin}/uploads/${upload.id}`, headers: bearer('ada') })
    expect(world.row(upload.id).arrivals).toMatchObject([{ sha256: sha256(bytes) }])
  })

  test('a client that comes back takes over from its own dead connection', async () => {
    const bytes = randomBytes(2 * mebibyte)
    const upload = await world.create(bytes.length)
    const hanging = request(`${world.origin}/uploads/${upload.id}`, {
      method: 'PATCH',
      headers: { 'Tus-Resumable': '1.0.0', ...bearer('ada'), ...patch(0), 'Content-Length': bytes.length },
    }).on('error', () => {})
    const answered = once(hanging, 'response')
    hanging.write(bytes.subarray(0, mebibyte))
    await vi.waitFor(() => expect(world.row(upload.id).received).not.toEqual([]), 5000)
    await uploadWithTus(bytes, { uploadUrl: `${world.origin}/uploads/${upload.id}`, headers: bearer('ada') })
    expect(world.row(upload.id).arrivals).toMatchObject([{ sha256: sha256(bytes) }])
    const [res] = await answered
    expect(res).toMatchObject({ statusCode: 204, headers: { 'upload-offset': String(mebibyte) } })
  })

  test('more bytes than declared are refused, with and without a length', async () => {
    const { id } = await world.create(4)
    const headers = { ...bearer('ada'), ...patch(0) }
    const counted = await call('PATCH', `/uploads/${id}`, { ...headers, 'Content-Length': 5 }, Buffer.from('abcde'))
    expect(counted.status).toBe(413)
    const endless = { ...headers, 'Transfer-Encoding': 'chunked' }
    expect((await call('PATCH', `/uploads/${id}`, endless, Buffer.from('abcde'))).status).toBe(400)
    expect(await world.incoming().stat(id)).toMatchObject({ receivedBytes: 0 })
    expect(world.row(id).arrivals).toEqual([])
  })

  test('a wrong offset is a conflict and changes nothing', async () => {
    const { id } = await world.create(4)
    const reply = await call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(2) }, Buffer.from('cd'))
    expect(reply).toMatchObject({ status: 409, text: 'The upload is not at this offset: HEAD tells where to go on.\n' })
    expect(await world.incoming().stat(id)).toMatchObject({ receivedBytes: 0 })
  })

  test.each([
    { what: 'before the file is moved', moves: false, restarts: false },
    { what: 'after the file was moved', moves: true, restarts: false },
    { what: 'after the file was moved, and the server restarted', moves: true, restarts: true },
  ])('a completion that failed $what is finished by a PATCH of nothing', async ({ moves, restarts }) => {
    const bytes = Buffer.from('four')
    const { id } = await world.create(bytes.length)
    const key = `blobs/${sha256(bytes).slice(0, 2)}/${sha256(bytes).slice(2, 4)}/${sha256(bytes)}`
    world.hooks.beforeArrival = async (file) => {
      if (moves) await world.storage.putFile(key, file.path)
      throw new Error('The database is away.')
    }
    const failed = await call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, bytes)
    expect(failed.status).toBe(500)
    expect(failed.text).toContain(String(failed.headers['x-request-id']))
    expect(failed.text).not.toContain('database')
    expect(world.failures).toMatchObject([{ err: { message: 'The database is away.' } }])
    world.hooks.beforeArrival = async () => {}
    if (restarts) world.restart()
    expect((await call('HEAD', `/uploads/${id}`, bearer('ada'))).headers['upload-offset']).toBe('4')
    expect((await call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(4) })).status).toBe(204)
    expect(world.row(id).status).toBe('COMPLETED')
    expect(await world.stored(sha256(bytes))).toEqual(bytes)
  })

  test('a client that missed the last answer learns that it is done', async () => {
    const { id } = await world.create(4)
    await call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, Buffer.from('four'))
    const head = await call('HEAD', `/uploads/${id}`, bearer('ada'))
    expect(head).toMatchObject({ status: 200, headers: { 'upload-offset': '4', 'upload-length': '4' } })
    expect((await call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(4) })).status).toBe(204)
    expect(world.row(id).arrivals).toHaveLength(1)
  })
})

describe('who may send', () => {
  const attempt = async (headers: OutgoingHttpHeaders) => {
    const { id } = await world.create(4)
    const replies = [
      await call('HEAD', `/uploads/${id}`, headers),
      await call('PATCH', `/uploads/${id}`, { ...headers, ...patch(0) }, Buffer.from('abcd')),
      await call('DELETE', `/uploads/${id}`, headers),
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
    const headers = { 'Upload-Token': world.tokens.make({ id, expiresAt }) }
    expect((await call('HEAD', `/uploads/${id}`, headers)).status).toBe(200)
    expect((await call('HEAD', `/uploads/${other.id}`, headers)).status).toBe(401)
    expect((await call('HEAD', `/uploads/${id}`, { 'Upload-Token': 'x', ...bearer('ada') })).status).toBe(401)
    world.clock.time = new Date(expiresAt.getTime() + 1000)
    expect((await call('HEAD', `/uploads/${id}`, headers)).status).toBe(401)
  })

  test('an unknown upload is not found, whatever its id looks like', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000'
    for (const id of [unknown, '..%2f..%2fetc', '%00', 'x', `${unknown}.json`]) {
      expect((await call('HEAD', `/uploads/${id}`, bearer('ada'))).status).toBe(404)
    }
  })

  test('an expired upload is gone', async () => {
    const { id, expiresAt } = await world.create(4)
    const head = await call('HEAD', `/uploads/${id}`, bearer('ada'))
    expect(head.headers['upload-expires']).toBe(expiresAt.toUTCString())
    world.clock.time = expiresAt
    const reply = await call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, Buffer.from('abcd'))
    expect(reply).toMatchObject({ status: 410, text: 'This upload has expired.\n' })
  })

  test('a large body that is refused still lets the client read why', async () => {
    const bytes = Buffer.alloc(20 * mebibyte)
    const { id } = await world.create(bytes.length)
    const reply = await call('PATCH', `/uploads/${id}`, { ...bearer('bob'), ...patch(0) }, bytes)
    expect(reply).toMatchObject({ status: 403, text: 'Only its owner may touch an upload.\n' })
  })
})

describe('creating by a plain tus client', () => {
  const metadata = `filename ${Buffer.from('Vorlesung 1.mp4').toString('base64')}`

  test('creates through the service and answers the public URL, whatever a proxy claims', async () => {
    const headers = { ...bearer('ada'), 'Upload-Length': '4', 'Upload-Metadata': metadata }
    const forged = { ...headers, 'X-Forwarded-Host': 'evil.example.com', 'X-Forwarded-Proto': 'https, http' }
    const reply = await call('POST', '/uploads', forged)
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
    const reply = await call('POST', '/uploads', headers)
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
    await cutAfter(upload, 0, bytes.subarray(0, 50_000))
    await tus.Upload.terminate(`${world.origin}/uploads/${upload.id}`, { headers: bearer('ada') })
    expect(world.row(upload.id).status).toBe('CANCELLED')
    expect(await world.incomingNames()).toEqual([])
    expect((await call('HEAD', `/uploads/${upload.id}`, bearer('ada'))).status).toBe(410)
  })

  test('stops a request that is still sending, also when the service removes the bytes by itself', async () => {
    const upload = await world.create(mebibyte)
    const sending = request(`${world.origin}/uploads/${upload.id}`, {
      method: 'PATCH',
      headers: { 'Tus-Resumable': '1.0.0', ...bearer('ada'), ...patch(0), 'Content-Length': mebibyte },
    }).on('error', () => {})
    const answered = once(sending, 'response')
    sending.write(Buffer.alloc(100_000))
    await vi.waitFor(async () => expect(await world.incomingNames()).toHaveLength(2), 5000)
    await world.transfers.terminate(ada, upload.id)
    const [res] = await answered
    expect(res.statusCode).toBe(410)
    expect(world.row(upload.id).arrivals).toEqual([])
    expect(await world.incomingNames()).toEqual([])
  })
})

describe('browsers', () => {
  const asks = {
    Origin: site,
    'Access-Control-Request-Method': 'PATCH',
    'Access-Control-Request-Headers': 'upload-token,tus-resumable,upload-offset,content-type',
  }

  test('a preflight of a listed origin passes without a token', async () => {
    const { status, headers } = await call('OPTIONS', '/uploads/x', asks)
    expect(status).toBe(204)
    expect(headers['access-control-allow-origin']).toBe(site)
    expect(headers['access-control-allow-methods']).toContain('PATCH')
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ')
    expect(allowed).toEqual(expect.arrayContaining(asks['Access-Control-Request-Headers'].split(',')))
    expect(headers.vary).toBe('Origin')
  })

  test('other origins get no such header, and neither do their errors', async () => {
    const foreign = { ...asks, Origin: 'https://evil.example.com' }
    for (const reply of [await call('OPTIONS', '/uploads', foreign), await call('HEAD', '/uploads/x', foreign)]) {
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })

  test('answers and refusals can be read by a listed origin', async () => {
    const { id } = await world.create(4)
    for (const headers of [bearer('ada'), {}]) {
      const reply = await call('HEAD', `/uploads/${id}`, { Origin: site, ...headers })
      expect(reply.headers['access-control-allow-origin']).toBe(site)
      expect(reply.headers['access-control-expose-headers']).toContain('Upload-Offset')
    }
  })

  test('says what it can do', async () => {
    const { status, headers } = await call('OPTIONS', '/uploads', {})
    expect(status).toBe(204)
    expect(headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-extension': 'creation,expiration,termination',
      'tus-max-size': String(64 * mebibyte),
    })
  })

  test.each(['GET', 'PUT'])('%s is not possible on an upload', async (method) => {
    const { id } = await world.create(4)
    const reply = await call(method, `/uploads/${id}`, bearer('ada'))
    expect(reply).toMatchObject({ status: 405, headers: { allow: 'OPTIONS, HEAD, PATCH, DELETE' } })
  })

  test('a request that does not speak tus is told so', async () => {
    expect((await call('POST', '/uploads', { ...bearer('ada'), 'Tus-Resumable': '0.2' })).status).toBe(412)
  })
})
