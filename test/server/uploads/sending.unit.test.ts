import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import * as tus from 'tus-js-client'
import { describe, expect, vi } from 'vitest'
import { RateLimitedError } from '../../../src/services/kernel/errors.ts'
import { it } from './uploadsIt.ts'
import { bearer, mebibyte, patch, sha256, type UploadsWorld } from './uploadsWorld.ts'

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

describe('an upload', () => {
  it('takes a file that tus-js-client sends to the URL of its ticket', async ({ world }) => {
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

  it('takes a file that tus-js-client sends in chunks', async ({ world }) => {
    const bytes = randomBytes(mebibyte)
    const { id } = await world.create(bytes.length)
    const uploadUrl = `${world.origin}/uploads/${id}`
    await uploadWithTus(bytes, { uploadUrl, chunkSize: 300_000, headers: bearer('ada') })
    expect(world.row(id).completedFiles).toMatchObject([{ sha256: sha256(bytes) }])
  })

  it('continues after an empty chunk', async ({ world }) => {
    const { id } = await world.create(6)
    const headers = { ...bearer('ada'), ...patch(0) }
    expect((await world.call('PATCH', `/uploads/${id}`, headers)).headers['upload-offset']).toBe('0')
    expect((await world.call('PATCH', `/uploads/${id}`, headers, Buffer.from('abcdef'))).status).toBe(204)
    expect(world.row(id).completedFiles).toMatchObject([{ sha256: sha256(Buffer.from('abcdef')) }])
  })

  it('takes a body without a declared length', async ({ world }) => {
    const { id } = await world.create(6)
    const chunked = { ...bearer('ada'), ...patch(0), 'Transfer-Encoding': 'chunked' }
    expect((await world.call('PATCH', `/uploads/${id}`, chunked, Buffer.from('abcdef'))).status).toBe(204)
    expect(world.row(id).completedFiles).toMatchObject([{ sha256: sha256(Buffer.from('abcdef')) }])
  })

  it.for([false, true])(
    'is resumed with the bytes that arrived before an interruption; after a restart: %s',
    async (restarts, { world }) => {
      const bytes = randomBytes(3 * mebibyte)
      const upload = await world.create(bytes.length)
      await world.interruptAfter(upload, 0, bytes.subarray(0, 1_234_567))
      const head = await world.call('HEAD', `/uploads/${upload.id}`, bearer('ada'))
      expect(head).toMatchObject({ status: 200, headers: { 'upload-offset': '1234567' } })
      await world.interruptAfter(upload, 1_234_567, bytes.subarray(1_234_567, 2_000_000))
      if (restarts) world.restart()
      await uploadWithTus(bytes, { uploadUrl: `${world.origin}/uploads/${upload.id}`, headers: bearer('ada') })
      expect(world.row(upload.id).completedFiles).toMatchObject([{ sha256: sha256(bytes) }])
    },
  )

  it('is taken over from a stalled connection when the client reconnects', async ({ world }) => {
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

  it.for([
    { what: 'a body that declares', length: { 'Content-Length': 5 }, status: 413 },
    { what: 'a body of undeclared length that has', length: { 'Transfer-Encoding': 'chunked' }, status: 400 },
  ])('refuses $what more bytes than the upload', async ({ length, status }, { world }) => {
    const { id } = await world.create(4)
    const headers = { ...bearer('ada'), ...patch(0), ...length }
    expect((await world.call('PATCH', `/uploads/${id}`, headers, Buffer.from('abcde'))).status).toBe(status)
    expect(await world.incoming().stat({ id, fileNumber: 0 })).toMatchObject({ receivedBytes: 0 })
    expect(world.row(id).completedFiles).toEqual([])
  })

  const sendAtWrongOffset = (world: UploadsWorld, id: string) =>
    world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(2) }, Buffer.from('cd'))

  it('answers 409 to a wrong offset', async ({ world }) => {
    const { id } = await world.create(4)
    const text = 'The upload is not at this offset. Send HEAD to get the offset to continue from.\n'
    expect(await sendAtWrongOffset(world, id)).toMatchObject({ status: 409, text })
  })

  it('keeps no bytes that were sent to a wrong offset', async ({ world }) => {
    const { id } = await world.create(4)
    await sendAtWrongOffset(world, id)
    expect(await world.incoming().stat({ id, fileNumber: 0 })).toMatchObject({ receivedBytes: 0 })
  })

  it.for([
    { what: 'before the file is moved', moves: false, restarts: false },
    { what: 'after the file was moved', moves: true, restarts: false },
    { what: 'after the file was moved, and the server restarted', moves: true, restarts: true },
  ])('is completed by an empty PATCH if its completion failed $what', async ({ moves, restarts }, { world }) => {
    const bytes = Buffer.from('four')
    const { id } = await world.create(bytes.length)
    const key = `blobs/${sha256(bytes).slice(0, 2)}/${sha256(bytes).slice(2, 4)}/${sha256(bytes)}`
    world.hooks.beforeComplete = async (file) => {
      if (moves) await world.storage.putFile(key, file.path)
      throw new Error('The database is down.')
    }
    const failedReply = await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, bytes)
    expect(failedReply.status).toBe(500)
    expect(failedReply.text).toContain(String(failedReply.headers['x-request-id']))
    expect(failedReply.text).not.toContain('database')
    expect(world.failures).toMatchObject([{ err: { message: 'The database is down.' } }])
    world.hooks.beforeComplete = async () => {}
    if (restarts) world.restart()
    expect((await world.call('HEAD', `/uploads/${id}`, bearer('ada'))).headers['upload-offset']).toBe('4')
    expect((await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(4) })).status).toBe(204)
    expect(world.row(id).status).toBe('COMPLETED')
    expect(await world.readStored(sha256(bytes))).toEqual(bytes)
  })

  it('answers 423 while its media is too busy, so that the client retries the same upload', async ({ world }) => {
    const bytes = Buffer.from('four')
    const { id } = await world.create(bytes.length)
    world.hooks.beforeComplete = async () => {
      throw new RateLimitedError('Too many concurrent changes to media.', 5)
    }
    // tus clients retry after 423; after 429 they give the upload up.
    expect((await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, bytes)).status).toBe(423)
    world.hooks.beforeComplete = async () => {}
    expect((await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(4) })).status).toBe(204)
    expect(await world.readStored(sha256(bytes))).toEqual(bytes)
  })

  it('reports its completion to a client that missed the last answer', async ({ world }) => {
    const { id } = await world.create(4)
    await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, Buffer.from('four'))
    const head = await world.call('HEAD', `/uploads/${id}`, bearer('ada'))
    expect(head).toMatchObject({ status: 200, headers: { 'upload-offset': '4', 'upload-length': '4' } })
    expect((await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(4) })).status).toBe(204)
    expect(world.row(id).completedFiles).toHaveLength(1)
  })
})
