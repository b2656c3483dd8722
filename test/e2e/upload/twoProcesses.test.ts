import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type ClientRequest, request } from 'node:http'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, vi } from 'vitest'
import type { Client, UploadTarget } from '../../../client/client.ts'
import { RateLimitedError } from '../../../src/services/kernel/errors.ts'
import { blobKey } from '../../../src/services/storage/blobs.ts'
import { createClosing } from '../../../src/services/upload/closing.ts'
import { checksumMismatch } from '../../../src/services/upload/failures.ts'
import { createUploadLeases } from '../../../src/services/upload/leases.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it as base } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'
import { openWorld, type World } from '../../harness/world.ts'

/** `world` and a second API server, which shares its database and its data folder. */
const it = base.extend('otherWorld', { scope: 'file' }, async ({ world }, { onCleanup }) => {
  const { DATABASE_URL, DATABASE_OWNER_URL, DATA_DIR } = world.env
  if (DATABASE_URL === undefined || DATABASE_OWNER_URL === undefined || DATA_DIR === undefined)
    throw new Error('The world lacks a variable.')
  const otherWorld = await openWorld({ env: { DATABASE_URL, DATABASE_OWNER_URL, DATA_DIR } })
  onCleanup(() => otherWorld.close())
  return otherWorld
})

const sizeBytes = 1024 * 1024
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** An upload of one mebibyte, and how to send parts of it to either server. */
const openUpload = async (world: World, editor: Client) => {
  const { upload, target } = await createTicket(editor, { sizeBytes, allowDuplicate: true })
  const id = uuidOf(upload.id)

  /** Opens a PATCH and sends its headers; the caller writes the body. */
  const open = (origin: string, offset: number, length: number): ClientRequest => {
    const req = request(`${origin}/uploads/${id}`, { method: 'PATCH', headers: headersOf(target) })
    req.on('error', () => undefined) // the server closes the connection of a request that it ends early
    req.setHeader('Content-Type', 'application/offset+octet-stream')
    req.setHeader('Upload-Offset', offset)
    req.setHeader('Content-Length', length)
    req.flushHeaders()
    return req
  }
  const send = async (origin: string, offset: number, bytes: Buffer): Promise<number | undefined> => {
    const req = open(origin, offset, bytes.length)
    req.end(bytes)
    const [res] = await once(req, 'response')
    res.resume()
    return res.statusCode
  }
  const row = () => world.runtime.ports.database.upload.findUniqueOrThrow({ where: { id } })
  return { id, open, send, row }
}

const headersOf = (target: UploadTarget): Record<string, string> =>
  Object.fromEntries(target.headers.map(({ name, value }) => [name, value]))

/** Expects that the upload is complete and that its digest is that of the stored bytes. */
const expectSoundBlob = async (world: World, row: { status: string; sha256: string | null }): Promise<string> => {
  expect(row.status).toBe('COMPLETED')
  const bytes = await readFile(join(world.runtime.config.dataDir, 'files', blobKey(row.sha256 ?? '')))
  expect(sha256(bytes)).toBe(row.sha256)
  return sha256(bytes)
}

describe('two API servers that share a data folder', () => {
  it('store no bytes under the digest of others', async ({ world, otherWorld, users: { editor } }) => {
    const [genuine, forged] = [randomBytes(sizeBytes), randomBytes(sizeBytes)]
    const { open, send, row } = await openUpload(world, editor)
    const heldRequest = open(world.origin, 0, sizeBytes)
    await vi.waitUntil(async () => (await row()).heldUntil !== null, { timeout: 20_000 })
    const most = genuine.subarray(0, sizeBytes - 1000)
    expect(await send(otherWorld.origin, 0, most)).toBe(204)
    heldRequest.write(forged.subarray(0, most.length))
    await send(otherWorld.origin, most.length, genuine.subarray(most.length))
    expect(await expectSoundBlob(world, await row())).toBe(sha256(genuine))
    heldRequest.destroy()
  })

  it('continue each other’s uploads', async ({ world, otherWorld, users: { editor } }) => {
    const bytes = randomBytes(sizeBytes)
    const { send, row } = await openUpload(world, editor)
    const origins = [world.origin, otherWorld.origin]
    for (let part = 0; part < 8; part++)
      expect(
        await send(
          origins[part % 2] ?? '',
          (part * sizeBytes) / 8,
          bytes.subarray((part * sizeBytes) / 8, ((part + 1) * sizeBytes) / 8),
        ),
      ).toBe(204)
    expect(await expectSoundBlob(world, await row())).toBe(sha256(bytes))
    expect((await row()).fileNumber).toBe(0)
  })

  it('do not mix the late bytes of a process that lost its lease into the file', async ({
    world,
    users: { editor },
  }) => {
    const { database, incoming } = world.runtime.ports
    const bytes = randomBytes(sizeBytes)
    const half = sizeBytes / 2
    const { id, send, row } = await openUpload(world, editor)
    const lease = await createUploadLeases({ database }).take(id)
    const held = { id, fileNumber: 0, fence: lease?.fence ?? -1 }
    const source = new PassThrough()
    const { promise: halfReceived, resolve } = Promise.withResolvers<void>()
    const onReceived = (receivedBytes: number) => void (receivedBytes === half && resolve())
    const options = { offset: 0, sizeBytes, signal: new AbortController().signal, ownsChunks: false, onReceived }
    const reception = incoming.receive(held, source, options)
    source.write(bytes.subarray(0, half))
    await halfReceived
    await database.upload.update({ where: { id }, data: { heldUntil: new Date(0) } })

    expect(await send(world.origin, half, bytes.subarray(half, half + 1000))).toBe(204)
    source.end(randomBytes(half))
    await reception
    const forgedFile = { path: '/nonexistent', sizeBytes, sha256: '0'.repeat(64) }
    await expect(world.runtime.services.uploads.complete(held, forgedFile)).rejects.toThrow(RateLimitedError)
    expect(await send(world.origin, half + 1000, bytes.subarray(half + 1000))).toBe(204)
    expect(await expectSoundBlob(world, await row())).toBe(sha256(bytes))
    expect((await row()).fileNumber).toBe(2)
  })

  it('keep the file of the new holder if a process that lost its lease fails', async ({ world, users: { editor } }) => {
    const { database, incoming } = world.runtime.ports
    const bytes = randomBytes(sizeBytes)
    const { id, send, row } = await openUpload(world, editor)
    await createUploadLeases({ database }).take(id)
    const lostUpload = await row()
    await database.upload.update({ where: { id }, data: { heldUntil: new Date(0) } })
    expect(await send(world.origin, 0, bytes.subarray(0, 1000))).toBe(204)
    const { fail } = createClosing(world.runtime.ports)
    await expect(fail(lostUpload, checksumMismatch)).rejects.toThrow(RateLimitedError)
    expect(await incoming.stat(await row())).toEqual({ receivedBytes: 1000 })
  })

  it('refuse what a process that lost its lease reports', async ({ world, users: { editor } }) => {
    const { database } = world.runtime.ports
    const { id, row } = await openUpload(world, editor)
    const [frozen, other] = [createUploadLeases({ database }), createUploadLeases({ database })]
    const lost = await frozen.take(id)
    expect(await other.take(id)).toBeNull()
    expect(lost !== null && (await frozen.renew(lost))).toBe('contended')
    await database.upload.update({ where: { id }, data: { heldUntil: new Date(0) } })
    expect(await other.take(id)).toMatchObject({ fence: 2, hasStaleWriter: true })
    if (lost === null) throw new Error('The lease was not taken.')
    expect(await frozen.renew(lost)).toBe('lost')
    await frozen.release(lost)
    await world.runtime.services.uploads.recordProgress({ id, fence: lost.fence }, 1000)
    expect(await row()).toMatchObject({ receivedBytes: 0n, fence: 2 })
    expect((await row()).heldUntil?.getTime()).toBeGreaterThan(Date.now() - 60_000)
  })
})
