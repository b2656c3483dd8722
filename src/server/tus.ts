import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { DataStore, ERRORS, Server, Upload } from '@tus/server'
import type { UserActor } from '../services/kernel/actor.ts'
import { RateLimitedError } from '../services/kernel/errors.ts'
import type { IncomingBytes, Logger } from '../services/kernel/ports.ts'
import type { UploadSession, UploadSessions } from '../services/upload/session.ts'
import { type TextResponse, toErrorResponse } from './responses.ts'
import { createUploadLocker } from './uploadLocker.ts'

/** One request on its way through the protocol. */
export interface Exchange {
  req: IncomingMessage
  requestId: string
  /** Null where an upload token came instead of a user's. */
  actor: UserActor | null
  /** Known except while an upload is being created. */
  transfer: UploadSession | null
}

export interface TusOptions {
  incoming: IncomingBytes
  transfers: UploadSessions
  publicUrl: string
  log: Logger
}

const receivedIntervalMs = 100
const idleMs = 60_000
/** For how long a request may go on sending when another one asks for the same upload: its connection is dead, most likely. */
const drainMs = 200

/**
 * The tus protocol by @tus/server, without its byte path (web streams, then three transforms: slow): the library sees
 * a body that never carries bytes and ends when the request is over or has to stop, while the bytes go from the raw
 * request to the file.
 */
export const createTus = ({ incoming, transfers, publicUrl, log }: TusOptions) => {
  const exchanges = new AsyncLocalStorage<Exchange & { endBody(): void }>()

  const exchange = () => {
    const current = exchanges.getStore()
    if (current === undefined) throw new Error('The tus server was called outside of an exchange.')
    return current
  }

  const find = async (uploadId: string) => {
    const found = await incoming.stat(uploadId)
    if (found === null) throw ERRORS.FILE_NO_LONGER_EXISTS
    return found
  }

  const append = async (body: Readable, uploadId: string, offset: number): Promise<number> => {
    const { req, endBody } = exchange()
    const stop = new AbortController()
    body.resume().once('close', () => stop.abort())
    const progress = createProgress((receivedBytes) => transfers.recordProgress(uploadId, receivedBytes), log)
    req.setTimeout(idleMs, () => req.destroy())
    try {
      const { signal } = stop
      return await incoming.receive(uploadId, req, { offset, signal, ownsChunks: true, onReceived: progress.note })
    } finally {
      req.setTimeout(0)
      await progress.end()
      endBody()
    }
  }

  const store = Object.assign(new DataStore(), {
    extensions: ['creation', 'expiration', 'termination'],

    /** The service made the file when it accepted the upload. */
    create: async (upload: Upload) => upload,

    getUpload: async (id: string) => {
      const { transfer, req } = exchange()
      if (transfer?.status === 'COMPLETED')
        return new Upload({ id, size: transfer.sizeBytes, offset: transfer.sizeBytes })
      const { sizeBytes, receivedBytes } = await find(id)
      // All bytes are here, but their arrival failed or the server went down before it. Clients take a full offset for
      // success and send nothing more: so it is made good now, under the lock, before they are told.
      if (req.method === 'HEAD' && receivedBytes === sizeBytes)
        await transfers.complete(id, await incoming.complete(id))
      return new Upload({ id, size: sizeBytes, offset: receivedBytes })
    },

    /** Called under the upload's lock, and so is the completion: it runs once, and again only if it failed. */
    write: async (body: Readable, id: string, offset: number) => {
      const { transfer, endBody } = exchange()
      try {
        if (transfer?.status === 'COMPLETED') return offset
        const { sizeBytes } = await find(id)
        const reached = offset === sizeBytes ? offset : await append(body, id, offset)
        await find(id) // Cancelled meanwhile, else.
        if (reached === sizeBytes) await transfers.complete(id, await incoming.complete(id))
        return reached
      } finally {
        endBody()
      }
    },

    remove: (id: string) => transfers.cancelSession(exchange().actor, id),
  })

  const server = new Server({
    path: '/uploads',
    datastore: store,
    locker: createUploadLocker(),
    lockDrainTimeout: drainMs,
    generateUrl: (_req, { id }) => `${publicUrl}/uploads/${id}`,
    namingFunction: async (req, metadata) => {
      const current = exchange()
      if (current.actor === null) throw new Error('An upload was created without a user.')
      const fileName = metadata?.filename ?? metadata?.name ?? ''
      const mimeType = metadata?.filetype ?? metadata?.type ?? undefined
      const sizeBytes = Number(req.headers.get('upload-length'))
      const transfer = await transfers.create(current.actor, { fileName, sizeBytes, mimeType })
      current.transfer = transfer
      return transfer.id
    },
    onResponseError: (_req, error) => {
      const { status, body } = answerToTus(error) ?? toErrorResponse(error, { log, requestId: exchange().requestId })
      return { status_code: status, body }
    },
  })

  return {
    /** The protocol's answer, and the upload that it is about, if there is one by now. */
    handle: (given: Exchange): Promise<{ response: Response; transfer: UploadSession | null }> => {
      const { request, endBody } = bodiless(given.req)
      const current = { ...given, endBody }
      return exchanges.run(current, async () => {
        const response = await server.handleWeb(request)
        endBody()
        return { response, transfer: current.transfer }
      })
    },
  }
}

/** Only what the protocol reads: proxies' headers are neither believed nor checked. */
const protocolHeaders = /^(?:content-(?:type|length)|tus-.+|upload-(?!token$).+)$/

const bodiless = (req: IncomingMessage): { request: Request; endBody(): void } => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(req.headers)) {
    if (typeof value === 'string' && protocolHeaders.test(name)) headers.set(name, value)
  }
  let endBody = () => {}
  const body = new ReadableStream({
    start: (controller) => {
      endBody = () => {
        endBody = () => {}
        controller.close()
      }
    },
  })
  const method = req.method ?? 'GET'
  const withBody = method === 'PATCH' || method === 'POST' ? { body, duplex: 'half' as const } : {}
  const request = new Request(new URL(req.url ?? '/', 'http://uploads'), { method, headers, ...withBody })
  return { request, endBody: () => endBody() }
}

/** Tells the service how far an upload has come: at once, then at most every 100 ms, then at the end. */
const createProgress = (report: (receivedBytes: number) => Promise<void>, log: Logger) => {
  let latest: number | null = null
  let reportedAt = Number.NEGATIVE_INFINITY
  let reporting = Promise.resolve()
  let busy = false

  const tell = async (receivedBytes: number) => {
    busy = true
    reportedAt = performance.now()
    try {
      await report(receivedBytes)
    } catch (error) {
      // The bytes are on disk, and progress is told again; whether the upload is complete is decided elsewhere.
      log.warn({ err: error }, 'The progress of an upload could not be told.')
    }
    busy = false
  }

  return {
    note: (receivedBytes: number) => {
      latest = receivedBytes
      if (busy || performance.now() - reportedAt < receivedIntervalMs) return
      reporting = tell(receivedBytes)
    },
    end: async () => {
      await reporting
      if (latest !== null) await tell(latest)
    },
  }
}

const tusAnswers = new Map<unknown, TextResponse>([
  [ERRORS.MISSING_OFFSET, { status: 400, body: 'A PATCH needs the header Upload-Offset.' }],
  [ERRORS.INVALID_OFFSET, { status: 409, body: 'The upload is not at this offset: HEAD tells where to go on.' }],
  [ERRORS.INVALID_CONTENT_TYPE, { status: 415, body: 'A PATCH needs Content-Type: application/offset+octet-stream.' }],
  [ERRORS.INVALID_LENGTH, { status: 400, body: 'Creating an upload needs the header Upload-Length, once.' }],
  [ERRORS.ERR_SIZE_EXCEEDED, { status: 413, body: 'These are more bytes than the upload was declared with.' }],
  [ERRORS.FILE_NOT_FOUND, { status: 404, body: 'There is no such upload.' }],
  [ERRORS.ABORTED, { status: 423, body: 'Another request is writing to this upload.' }],
  [ERRORS.FILE_NO_LONGER_EXISTS, { status: 410, body: 'The bytes of this upload are no longer here.' }],
])

/** The library throws plain objects; those without words of our own are taken as they are. */
const answerToTus = (error: unknown): TextResponse | null => {
  const known = tusAnswers.get(error)
  if (known !== undefined) return known
  // Clients take 423 for a reason to come back to the same upload; after a 429 they give it up.
  if (error instanceof RateLimitedError) return { status: 423, body: error.message }
  if (error instanceof Error || typeof error !== 'object' || error === null) return null
  if (!('status_code' in error && 'body' in error)) return null
  return { status: Number(error.status_code), body: String(error.body).trimEnd() }
}
