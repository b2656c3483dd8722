import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'
import send from 'send'
import type { Clock, Logger, Storage } from '../services/kernel/ports.ts'
import type { FileTarget, SignedTarget, SignedUrls } from '../services/storage/signedUrls.ts'
import { applyCors } from './crossOrigin.ts'
import { type ContentHeaders, toContentHeaders } from './disposition.ts'
import { sendTextResponse, type TextResponse, toErrorResponse } from './responses.ts'

export interface StoredFile {
  key: string
  sizeBytes: number
  sha256: string
  mimeType: string
  fileName: string
}

export interface FilesOptions {
  signedUrls: SignedUrls
  /** Null for what does not exist (any more) or lies in the trash: asked anew for every request. */
  findFile(target: FileTarget): Promise<StoredFile | null>
  storage: Storage
  clock: Clock
  corsOrigins: readonly string[]
  log: Logger
  requestId?: (req: IncomingMessage) => string
}

const methods = ['GET', 'HEAD', 'OPTIONS']

const crossOrigin = {
  methods,
  requestHeaders: ['Range', 'If-Range', 'If-Match', 'If-None-Match', 'X-Request-Id', 'X-Requested-With'],
  responseHeaders: ['Accept-Ranges', 'Content-Disposition', 'Content-Length', 'Content-Range', 'ETag', 'X-Request-Id'],
} as const

/** `/files/…`: signed, ranged and conditional delivery by RFC 9110. */
export const createFilesHandler = (options: FilesOptions) => {
  const { signedUrls, findFile, storage, clock, corsOrigins, log } = options
  const requestIdOf = options.requestId ?? (() => randomUUID())

  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<TextResponse | null> => {
    const url = new URL(req.url ?? '/', 'http://files')
    const target = signedUrls.verify(url.pathname, url.searchParams)
    if (target === null) return { status: 403, body: 'This link is not valid or has expired: ask for a new one.' }
    const file = await findFile(target)
    if (file === null) return { status: 404, body: 'There is no such file.' }
    const contentHeaders = toContentHeaders(file)
    const method = req.method === 'HEAD' ? 'HEAD' : 'GET'
    const expiresAt = isStreamable(contentHeaders) ? target.expiresAt : undefined
    const fileLocation = await storage.deliver(file.key, { method, ...contentHeaders, until: expiresAt })
    if (fileLocation.type === 'redirect') {
      redirect(res, fileLocation.url)
      return null
    }
    setContentHeaders(res, { ...file, ...contentHeaders }, secondsLeft(target, clock))
    return await sendFile(req, res, fileLocation.path, file.sizeBytes)
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(req)
    res.setHeader('X-Request-Id', requestId)
    // Players and pages of other origins may embed the bytes; the signature is the permission.
    res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
    res.setHeader('Referrer-Policy', 'no-referrer')
    const isPreflight = applyCors(req, res, { origins: corsOrigins, ...crossOrigin })
    if (isPreflight || req.method === 'OPTIONS') {
      res.writeHead(204, { Allow: methods.join(', ') }).end()
      return
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', methods.join(', '))
      return sendTextResponse(req, res, { status: 405, body: 'Files can only be read.' })
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

/** Players and readers keep to the place that they were sent to, also for a part that is wanted much later. */
const isStreamable = ({ contentType }: ContentHeaders): boolean =>
  /^(?:audio\/|video\/|application\/pdf)/.test(contentType)

const secondsLeft = ({ expiresAt }: SignedTarget, clock: Clock): number =>
  Math.max(0, Math.floor((expiresAt.getTime() - clock.now().getTime()) / 1000))

/** Kept by nobody: caches would answer HEAD with the redirect of a GET, and its signature is for GET alone. */
const redirect = (res: ServerResponse, url: string): void => {
  res.setHeader('Cache-Control', 'no-store')
  res.writeHead(302, { Location: url }).end()
}

/** Headers about the bytes, which an error's answer must not keep. */
const contentHeaderNames = ['ETag', 'Accept-Ranges', 'Content-Disposition', 'Content-Length', 'Content-Security-Policy']

const setContentHeaders = (res: ServerResponse, file: StoredFile & ContentHeaders, maxAgeSeconds: number): void => {
  res.setHeader('Content-Type', file.contentType)
  res.setHeader('Content-Disposition', file.contentDisposition)
  res.setHeader('Content-Security-Policy', file.contentSecurityPolicy)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('ETag', `"${file.sha256}"`)
  res.setHeader('Accept-Ranges', 'bytes')
  res.setHeader('Cache-Control', `private, max-age=${maxAgeSeconds}, immutable`)
}

/** Resolves once the answer has ended, or to what has to be answered instead. */
const sendFile = async (
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  sizeBytes: number,
): Promise<TextResponse | null> => {
  const rangeRequest = { method: req.method, headers: { ...req.headers, range: rangeOf(req, sizeBytes) } }
  const sendStream = send(rangeRequest as IncomingMessage, encodeURIComponent(basename(path)), {
    // all that `send` reads of it
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

/** Anything else, a missing blob for instance, is a bug. */
const sendErrorResponses: Partial<Record<number, TextResponse>> = {
  412: { status: 412, body: 'The file is not the one that If-Match names.' },
  416: { status: 416, body: 'The range lies outside of the file.' },
}

/**
 * The range that `send` may see, which is stricter than RFC 9110 in one way and laxer in others: a suffix longer than
 * the file means all of it, a weak tag in If-Range never matches, and HEAD has no ranges. Several ranges, and what is
 * none, are ignored.
 */
const rangeOf = ({ method, headers }: IncomingMessage, sizeBytes: number): string | undefined => {
  if (method !== 'GET' || String(headers['if-range']).startsWith('W/')) return undefined
  const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(headers.range ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') return `bytes=-${Math.min(Number(last), sizeBytes)}`
  if (last !== '' && Number(last) < Number(first)) return undefined
  return `bytes=${first}-${last}`
}
