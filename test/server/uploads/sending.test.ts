import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import * as tus from 'tus-js-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RateLimitedError } from '../../../src/services/kernel/errors.ts'
import { bearer, mebibyte, openUploadsWorld, patch, sha256, type UploadsWorld } from './uploadsWorld.ts'

let world: UploadsWorld
beforeEach(async () => {
  world = await openUploadsWorld()
})
afterEach(() => world.close())

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
    const headers = { 'Upload-Token': world.tokens.create({ id, expiresAt }) }
    await uploadWithTus(bytes, { uploadUrl: `${world.origin}/uploads/${id}`, headers })
    expect(world.row(id).status).toBe('COMPLETED')
    expect(world.row(id).completedFiles).toMatchObject([{ sha256: sha256(bytes), sizeBytes: bytes.length }])
    expect(sha256(await world.readStored(sha256(bytes)))).toBe(sha256(bytes))
    expect(world.row(id).received.at(-1)).toBe(bytes.length)
    expect(await world.incomingNames()).toEqual([])
  })

  test('tus-js-client sends a file in chunks', async () => {
    const bytes = randomBytes(mebibyte)
    const { id } = await world.create(bytes.length)
    const uploadUrl = `${world.origin}/uploads/${id}`
    await uploadWithTus(bytes, { uploadUrl, chunkSize: 300_000, headers: bearer('ada') })
    expect(world.row(id).completedFiles).toMatchObject([{ sha256: sha256(bytes) }])
  })

  test('an empty chunk in between and a body without a length are fine', async () => {
    const { id } = await world.create(6)
    const headers = { ...bearer('ada'), ...patch(0) }
    expect((await world.call('PATCH', `/uploads/${id}`, headers)).headers['upload-offset']).toBe('0')
    const chunked = { ...headers, 'Transfer-Encoding': 'chunked' }
    expect((await world.call('PATCH', `/uploads/${id}`, chunked, Buffer.from('abcdef'))).status).toBe(204)
    expect(world.row(id).completedFiles).toMatchObject([{ sha256: sha256(Buffer.from('abcdef')) }])
  })

  test.each([false, true])('a cut upload keeps what arrived and goes on; after a restart: %s', async (restarts) => {
    const bytes = randomBytes(3 * mebibyte)
    const upload = await world.create(bytes.length)
    await world.cutAfter(upload, 0, bytes.subarray(0, 1_234_567))
    const head = await world.call('HEAD', `/uploads/${upload.id}`, bearer('ada'))
    expect(head).toMatchObject({ status: 200, headers: { 'upload-offset': '1234567' } })
    await world.cutAfter(upload, 1_234_567, bytes.subarray(1_234_567, 2_000_000))
    if (restarts) world.restart()
    await uploadWithTus(bytes, { uploadUrl: `${world.origin}/uploads/${upload.id}`, headers: bearer('ada') })
    expect(world.row(upload.id).completedFiles).toMatchObject([{ sha256: sha256(bytes) }])
  })

  test('a client that comes back takes over from its own dead connection', async () => {
    const bytes = randomBytes(2 * mebibyte)
    const upload = await world.create(bytes.length)
    const stalledRequest = request(`${world.origin}/uploads/${upload.id}`, {
      method: 'PATCH',
      headers: { 'Tus-Resumable': '1.0.0', ...bearer('ada'), ...patch(0), 'Content-Length': bytes.length },
    }).on('error', () => {})
    const responseEvent = once(stalledRequest, 'response')
    stalledRequest.write(bytes.subarray(0, mebibyte))
    await vi.waitFor(() => expect(world.row(upload.id).received).not.toEqual([]), 5000)
    await uploadWithTus(bytes, { uploadUrl: `${world.origin}/uploads/${upload.id}`, headers: bearer('ada') })
    expect(world.row(upload.id).completedFiles).toMatchObject([{ sha256: sha256(bytes) }])
    const [res] = await responseEvent
    expect(res).toMatchObject({ statusCode: 204, headers: { 'upload-offset': String(mebibyte) } })
  })

  test('more bytes than declared are refused, with and without a length', async () => {
    const { id } = await world.create(4)
    const headers = { ...bearer('ada'), ...patch(0) }
    const lengthReply = await world.call(
      'PATCH',
      `/uploads/${id}`,
      { ...headers, 'Content-Length': 5 },
      Buffer.from('abcde'),
    )
    expect(lengthReply.status).toBe(413)
    const endless = { ...headers, 'Transfer-Encoding': 'chunked' }
    expect((await world.call('PATCH', `/uploads/${id}`, endless, Buffer.from('abcde'))).status).toBe(400)
    expect(await world.incoming().stat(id)).toMatchObject({ receivedBytes: 0 })
    expect(world.row(id).completedFiles).toEqual([])
  })

  test('a wrong offset is a conflict and changes nothing', async () => {
    const { id } = await world.create(4)
    const reply = await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(2) }, Buffer.from('cd'))
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
    world.hooks.beforeComplete = async (file) => {
      if (moves) await world.storage.putFile(key, file.path)
      throw new Error('The database is away.')
    }
    const failedReply = await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, bytes)
    expect(failedReply.status).toBe(500)
    expect(failedReply.text).toContain(String(failedReply.headers['x-request-id']))
    expect(failedReply.text).not.toContain('database')
    expect(world.failures).toMatchObject([{ err: { message: 'The database is away.' } }])
    world.hooks.beforeComplete = async () => {}
    if (restarts) world.restart()
    expect((await world.call('HEAD', `/uploads/${id}`, bearer('ada'))).headers['upload-offset']).toBe('4')
    expect((await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(4) })).status).toBe(204)
    expect(world.row(id).status).toBe('COMPLETED')
    expect(await world.readStored(sha256(bytes))).toEqual(bytes)
  })

  test('a client whose bytes have arrived while too many want the media comes back to the same upload', async () => {
    const bytes = Buffer.from('four')
    const { id } = await world.create(bytes.length)
    world.hooks.beforeComplete = async () => {
      throw new RateLimitedError('Too many are changing media at this moment.', 5)
    }
    // What tus clients try again; a 429 would make them give the upload up.
    expect((await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, bytes)).status).toBe(423)
    world.hooks.beforeComplete = async () => {}
    expect((await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(4) })).status).toBe(204)
    expect(await world.readStored(sha256(bytes))).toEqual(bytes)
  })

  test('a client that missed the last answer learns that it is done', async () => {
    const { id } = await world.create(4)
    await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, Buffer.from('four'))
    const head = await world.call('HEAD', `/uploads/${id}`, bearer('ada'))
    expect(head).toMatchObject({ status: 200, headers: { 'upload-offset': '4', 'upload-length': '4' } })
    expect((await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(4) })).status).toBe(204)
    expect(world.row(id).completedFiles).toHaveLength(1)
  })
})
