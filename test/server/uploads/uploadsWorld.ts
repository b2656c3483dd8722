import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, vi } from 'vitest'
import { createIncomingFiles } from '../../../src/adapters/incoming/files.ts'
import { createSigner } from '../../../src/adapters/signer.ts'
import { createDiskStorage } from '../../../src/adapters/storage/disk.ts'
import { createUploadsHandler } from '../../../src/server/uploads.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { UnauthenticatedError } from '../../../src/services/kernel/errors.ts'
import { createUploadTokens } from '../../../src/services/upload/token.ts'
import { createLogSpy } from '../../harness/logSpy.ts'
import { createActor, createMemoryUploadSessions } from '../memoryUploadSessions.ts'

export const ada = createActor('ada')
const callers: Record<string, UserActor> = {
  ada,
  bob: createActor('bob'),
  root: createActor('root', 'ADMIN'),
  vic: createActor('vic', 'VIEWER'),
}
export const site = 'https://app.example.com'
export const mebibyte = 1024 * 1024

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const authorize = async (token: string): Promise<UserActor> => {
  const caller = callers[token]
  if (caller === undefined) throw new UnauthenticatedError('This token is forged or has expired.')
  return caller
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
export const patch = (offset: number) => ({
  'Upload-Offset': String(offset),
  'Content-Type': 'application/offset+octet-stream',
})

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** Upload handler on its own HTTP server, over upload sessions in memory. */
export const openUploadsWorld = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'uploads-'))
  const clock = { time: new Date(), now: () => clock.time }
  const storage = createDiskStorage({ root: join(directory, 'files') })
  const memory = createMemoryUploadSessions({ storage, clock })
  const tokens = createUploadTokens({ signer: createSigner({ keys: [{ id: 'k1', secret: 's'.repeat(32) }] }), clock })
  const { log, errorFields } = createLogSpy()

  const start = () => {
    const incoming = createIncomingFiles({ directory: join(directory, 'incoming') })
    memory.attach(incoming)
    const handler = createUploadsHandler({
      incoming,
      sessions: memory.sessions,
      leases: memory.leases,
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
  const server = createServer((req, res) => void current.handler(req, res, randomUUID())).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server has no other kind

  const call = async (
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    body?: Uint8Array,
  ): Promise<Reply> => {
    const req = request(`${origin}${path}`, { method, headers: { 'Tus-Resumable': '1.0.0', ...headers } })
    req.end(body)
    const [res] = await once(req, 'response')
    req.on('error', () => {}) // Sending the rest of a refused body may fail.
    return { status: res.statusCode, headers: res.headers, text: (await buffer(res)).toString() }
  }

  /** Sends `bytes` of a longer body, waits until they are on disk, then destroys the connection. */
  const interruptAfter = async (upload: { id: string; sizeBytes: number }, offset: number, bytes: Uint8Array) => {
    const { port } = new URL(origin)
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
    socket.write(
      `PATCH /uploads/${upload.id} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nAuthorization: Bearer ada\r\n` +
        `Upload-Offset: ${offset}\r\nContent-Type: application/offset+octet-stream\r\n` +
        `Content-Length: ${upload.sizeBytes - offset}\r\n\r\n`,
    )
    socket.write(bytes)
    const receivedBytes = offset + bytes.length
    await vi.waitFor(
      async () =>
        expect(await current.incoming.stat({ id: upload.id, fileNumber: 0 })).toMatchObject({ receivedBytes }),
      5000,
    )
    socket.destroy()
  }

  return {
    ...memory,
    call,
    interruptAfter,
    storage,
    tokens,
    clock,
    failures: errorFields,
    origin,
    /** Creates a new handler and adapter over the same directory, as after a restart. */
    restart: () => {
      current = start()
    },
    incoming: () => current.incoming,
    incomingNames: () => readdir(join(directory, 'incoming')),
    create: (sizeBytes: number) => memory.sessions.create(ada, { fileName: 'lecture.mp4', sizeBytes }),
    readStored: async (digest: string) =>
      buffer(await storage.read(`blobs/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`)),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true, maxRetries: 5 })
    },
  }
}

export type UploadsWorld = Awaited<ReturnType<typeof openUploadsWorld>>
