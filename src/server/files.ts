import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'
import send from 'send'
import type { Clock, Log, Storage } from '../services/kernel/ports.ts'
import type { Deliveries, DeliveryTarget, SignedTarget } from '../services/storage/signedUrls.ts'
import { allowOrigin } from './crossOrigin.ts'
import { type Presentation, present } from './disposition.ts'
import { type Answer, answerTo, sendAnswer } from './responses.ts'

export interface StoredFile {
  key: string
  sizeBytes: number
  sha256: string
  mimeType: string
  fileName: string
}

export interface FilesOptions {
  delivery: Deliveries
  /** Null for what does not exist (any more) or lies in the trash: asked anew for every request. */
  find(target: DeliveryTarget): Promise<StoredFile | null>
  storage: Storage
  clock: Clock
  corsOrigins: readonly string[]
  log: Log
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
  const { delivery, find, storage, clock, corsOrigins, log } = options
  const requestIdOf = options.requestId ?? (() => randomUUID())

  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<Answer | null> => {
    const url = new URL(req.url ?? '/', 'http://files')
    const target = delivery.verify(url.pathname, url.searchParams)
    if (target === null) return { status: 403, body: 'This link is not valid or has expired: ask for a new one.' }
    const file = await find(target)
    if (file === null) return { status: 404, body: 'There is no such file.' }
    const presentation = present(file)
    const method = req.method === 'HEAD' ? 'HEAD' : 'GET'
    const until = isPlayed(presentation) ? target.expiresAt : undefined
    const place = await storage.deliver(file.key, { method, ...presentation, until })
    if (place.type === 'redirect') {
      redirect(res, place.url)
      return null
    }
    describe(res, { ...file, ...presentation }, secondsLeft(target, clock))
    return await stream(req, res, place.path, file.sizeBytes)
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(req)
    res.setHeader('X-Request-Id', requestId)
    // Players and pages of other origins may embed the bytes; the signature is the permission.
    res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
    res.setHeader('Referrer-Policy', 'no-referrer')
    const isPreflight = allowOrigin(req, res, { origins: corsOrigins, ...crossOrigin })
    if (isPreflight || req.method === 'OPTIONS') {
      res.writeHead(204, { Allow: methods.join(', ') }).end()
      return
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', methods.join(', '))
      return sendAnswer(req, res, { status: 405, body: 'Files can only be read.' })
    }
    try {
      const answer = await serve(req, res)
      if (answer !== null) sendAnswer(req, res, answer)
    } catch (error) {
      for (const name of describing) res.removeHeader(name)
      sendAnswer(req, res, answerTo(error, { log, requestId }))
    }
  }
}

/** Players and readers keep to the place that they were sent to, also for a part that is wanted much later. */
const isPlayed = ({ contentType }: Presentation): boolean => /^(?:audio\/|video\/|application\/pdf)/.test(contentType)

const secondsLeft = ({ expiresAt }: SignedTarget, clock: Clock): number =>
  Math.max(0, Math.floor((expiresAt.getTime() - clock.now().getTime()) / 1000))

/** Kept by nobody: caches would answer HEAD with the redirect of a GET, and its signature is for GET alone. */
const redirect = (res: ServerResponse, url: string): void => {
  res.setHeader('Cache-Control', 'no-store')
  res.writeHead(302, { Location: url }).end()
}

/** Headers about the bytes, which an error's answer must not keep. */
const describing = ['ETag', 'Accept-Ranges', 'Content-Disposition', 'Content-Length', 'Content-Security-Policy']

const describe = (res: ServerResponse, file: StoredFile & Presentation, maxAgeSeconds: number): void => {
  res.setHeader('Content-Type', file.contentType)
  res.setHeader('Content-Disposition', file.contentDisposition)
  res.setHeader('Content-Security-Policy', file.contentSecurityPolicy)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('ETag', `"${file.sha256}"`)
  res.setHeader('Accept-Ranges', 'bytes')
  res.setHeader('Cache-Control', `private, max-age=${maxAgeSeconds}, immutable`)
}

/** Resolves once the answer has ended, or to what has to be answered instead. */
const stream = async (
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  size: number,
): Promise<Answer | null> => {
  const asked = { method: req.method, headers: { ...req.headers, range: rangeOf(req, size) } }
  const sending = send(asked as IncomingMessage, encodeURIComponent(basename(path)), {
    // all that `send` reads of it
    root: dirname(path),
    cacheControl: false,
    dotfiles: 'allow',
    etag: false,
    index: false,
    lastModified: false,
  })
  const failed = new Promise<Answer | null>((resolve, reject) => {
    sending.on('error', (error: Error & { status?: number }) => {
      const answer = sendAnswers[error.status ?? 500]
      if (res.headersSent || answer === undefined) reject(error)
      else resolve(answer)
    })
  })
  const closed = once(res, 'close').then(() => null)
  sending.pipe(res)
  const answer = await Promise.race([failed, closed])
  if (answer !== null) for (const name of describing) res.removeHeader(name)
  return answer
}

/** Anything else, a missing blob for instance, is a bug. */
const sendAnswers: Partial<Record<number, Answer>> = {
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
