import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'
import send from 'send'
import type { IntegrityFault } from '../../prisma/generated/client/enums.ts'
import type { Clock, Logger, Storage } from '../services/kernel/ports.ts'
import type { ReportFault } from '../services/storage/faultReports.ts'
import type { FindFile, ServedFile } from '../services/storage/findFile.ts'
import { compareSize, findKnownFault } from '../services/storage/integrity.ts'
import type { SignedTarget, SignedUrls } from '../services/storage/signedUrls.ts'
import { applyCors } from './crossOrigin.ts'
import { type ContentHeaders, toContentHeaders } from './disposition.ts'
import { sendTextResponse, type TextResponse, toErrorResponse } from './responses.ts'

export interface FilesOptions {
  signedUrls: SignedUrls
  findFile: FindFile
  storage: Storage
  reportFault: ReportFault
  clock: Clock
  corsOrigins: readonly string[]
  log: Logger
  requestId?: (req: IncomingMessage) => string
}

const methods = ['GET', 'HEAD', 'OPTIONS']

/** Time within which a damaged rendition has usually been made again. */
const repairSeconds = 600

const faultResponses: Record<IntegrityFault, TextResponse> = {
  MISSING: {
    status: 404,
    body: 'The bytes of this file are missing from the storage. An original returns when the same file is uploaded again; a rendition is made again.',
  },
  DAMAGED: {
    status: 503,
    body: 'The stored bytes of this file are damaged. An original is repaired when the same file is uploaded again; a rendition is made again.',
  },
}

const crossOrigin = {
  methods,
  responseHeaders: [
    'Accept-Ranges',
    'Content-Disposition',
    'Content-Length',
    'Content-Range',
    'ETag',
    'Retry-After',
    'X-Request-Id',
  ],
} as const

/** Creates the handler of `/files/…`: signed URLs, with range and conditional requests by RFC 9110. */
export const createFilesHandler = (options: FilesOptions) => {
  const { signedUrls, findFile, storage, reportFault, clock, corsOrigins, log } = options
  const requestIdOf = options.requestId ?? (() => randomUUID())

  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<TextResponse | null> => {
    // Split by hand: a URL parser would resolve dot segments, and so open a path that was not signed.
    const [path = '', ...query] = (req.url ?? '').split('?')
    const target = signedUrls.verify(path, new URLSearchParams(query.join('?')))
    if (target === null) return { status: 403, body: 'This link is invalid or has expired. Request a new one.' }
    const file = await findFile(target)
    if (file === null)
      return {
        status: 404,
        body: 'This file does not exist, or its media is in the trash. Query the media for its current files.',
      }
    const contentHeaders = toContentHeaders({ ...file, isDownload: target.isDownload })
    const method = req.method === 'HEAD' ? 'HEAD' : 'GET'
    const expiresAt = isStreamable(contentHeaders) ? target.expiresAt : undefined
    const markedFault = file.fault === null ? null : await findKnownFault(storage, file)
    if (markedFault !== null) return refuseFault(res, file, markedFault)
    const delivery = await storage.deliver(file.key, { method, ...contentHeaders, reusableUntil: expiresAt })
    switch (delivery.type) {
      case 'missing':
        return refuseFault(res, file, 'MISSING')
      case 'redirect':
        redirect(res, delivery.url)
        return null
      case 'file': {
        const fault = compareSize(file, delivery)
        if (fault !== null) return refuseFault(res, file, fault)
        setContentHeaders(res, { ...file, ...contentHeaders }, secondsLeft(target, clock))
        return await sendFile(req, res, delivery.path, file.sizeBytes)
      }
    }
  }

  /** Refuses all requests alike: a 304 would confirm wrong bytes that a client got under this ETag. */
  const refuseFault = async (res: ServerResponse, file: ServedFile, fault: IntegrityFault): Promise<TextResponse> => {
    await reportFault(file, fault)
    if (fault === 'DAMAGED') res.setHeader('Retry-After', repairSeconds)
    return faultResponses[fault]
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(req)
    res.setHeader('X-Request-Id', requestId)
    // Players and pages of other origins may embed the files; the signature is the permission.
    res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
    res.setHeader('Referrer-Policy', 'no-referrer')
    const isPreflight = applyCors(req, res, { origins: corsOrigins, ...crossOrigin })
    if (isPreflight || req.method === 'OPTIONS') {
      res.writeHead(204, { Allow: methods.join(', ') }).end()
      return
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', methods.join(', '))
      return sendTextResponse(req, res, { status: 405, body: 'Files are read-only. Use GET or HEAD.' })
    }
    try {
      const response = await serve(req, res)
      if (response !== null) sendTextResponse(req, res, response)
    } catch (error) {
      for (const name of contentHeaderNames) res.removeHeader(name)
      sendTextResponse(req, res, toErrorResponse(error, { log, requestId }))
    }
  }
}

/**
 * Whether clients read the file in parts: media players and PDF viewers keep using the redirect target, also for a part
 * that they read much later.
 */
const isStreamable = ({ contentType }: ContentHeaders): boolean =>
  /^(?:audio\/|video\/|application\/pdf)/.test(contentType)

const secondsLeft = ({ expiresAt }: SignedTarget, clock: Clock): number =>
  Math.max(0, Math.floor((expiresAt.getTime() - clock.now().getTime()) / 1000))

/**
 * Redirects without caching: a cache would answer HEAD with the redirect of a GET, whose signature is valid for GET
 * only.
 */
const redirect = (res: ServerResponse, url: string): void => {
  res.setHeader('Cache-Control', 'no-store')
  res.writeHead(302, { Location: url }).end()
}

/** Headers that describe the file; an error response must not contain them. */
const contentHeaderNames = ['ETag', 'Accept-Ranges', 'Content-Disposition', 'Content-Length', 'Content-Security-Policy']

const setContentHeaders = (res: ServerResponse, file: ServedFile & ContentHeaders, maxAgeSeconds: number): void => {
  res.setHeader('Content-Type', file.contentType)
  res.setHeader('Content-Disposition', file.contentDisposition)
  res.setHeader('Content-Security-Policy', file.contentSecurityPolicy)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('ETag', `"${file.sha256}"`)
  res.setHeader('Accept-Ranges', 'bytes')
  res.setHeader('Cache-Control', `private, max-age=${maxAgeSeconds}, immutable, no-transform`)
  // nginx would otherwise store a large file on its disk while a slow client reads it.
  res.setHeader('X-Accel-Buffering', 'no')
}

/** Sends a file. Resolves to null once the response has ended, or to the error response to send instead. */
const sendFile = async (
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  sizeBytes: number,
): Promise<TextResponse | null> => {
  const rangeRequest = { method: req.method, headers: { ...req.headers, range: rangeOf(req, sizeBytes) } }
  // as: `send` reads nothing else of a request
  const sendStream = send(rangeRequest as IncomingMessage, encodeURIComponent(basename(path)), {
    root: dirname(path),
    cacheControl: false,
    dotfiles: 'allow',
    etag: false,
    index: false,
    lastModified: false,
  })
  const failure = new Promise<TextResponse | null>((resolve, reject) => {
    sendStream.on('error', (error: Error & { status?: number }) => {
      const response = sendErrorResponses[error.status ?? 500]
      if (res.headersSent || response === undefined) reject(error)
      else resolve(response)
    })
  })
  const completion = once(res, 'close').then(() => null)
  sendStream.pipe(res)
  const response = await Promise.race([failure, completion])
  if (response !== null) for (const name of contentHeaderNames) res.removeHeader(name)
  return response
}

/** Error responses by the status that `send` reports. Any other error is a bug. */
const sendErrorResponses: Partial<Record<number, TextResponse>> = {
  // The bytes were removed after they were looked up.
  404: faultResponses.MISSING,
  412: { status: 412, body: 'The file has another ETag than If-Match requires. Read the file again from its start.' },
  416: { status: 416, body: 'The range is outside the file. Content-Range contains the size of the file.' },
}

/**
 * Returns the range for `send`, which is stricter than RFC 9110 in one point and laxer in others: by the RFC, a suffix
 * longer than the file means the whole file, a weak tag in If-Range never matches, and HEAD has no ranges. Multiple
 * ranges and invalid ones are ignored.
 */
const rangeOf = ({ method, headers }: IncomingMessage, sizeBytes: number): string | undefined => {
  if (method !== 'GET' || String(headers['if-range']).startsWith('W/')) return undefined
  const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(headers.range ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') return `bytes=-${Math.min(Number(last), sizeBytes)}`
  if (last !== '' && Number(last) < Number(first)) return undefined
  return `bytes=${first}-${last}`
}
