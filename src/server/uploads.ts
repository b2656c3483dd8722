import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UserActor } from '../services/kernel/actor.ts'
import { NotFoundError, UnauthenticatedError } from '../services/kernel/errors.ts'
import type { IncomingBytes, Logger } from '../services/kernel/ports.ts'
import type { UploadSessions } from '../services/upload/session.ts'
import { type UploadTokens, uploadTokenHeader } from '../services/upload/token.ts'
import { applyCors } from './crossOrigin.ts'
import { discardBody, sendTextResponse, type TextResponse, toErrorResponse } from './responses.ts'
import { createTus } from './tus.ts'

export interface UploadsOptions {
  incoming: IncomingBytes
  transfers: UploadSessions
  tokens: UploadTokens
  /** Rejects with UnauthenticatedError. */
  authenticate(token: string): Promise<UserActor>
  /** Without a trailing slash. The only source of upload URLs: forwarded headers are not believed. */
  publicUrl: string
  corsOrigins: readonly string[]
  maxUploadBytes: number
  log: Logger
  requestId?: (req: IncomingMessage) => string
}

const methods = ['OPTIONS', 'POST', 'HEAD', 'PATCH', 'DELETE']
const pathPattern = /^\/uploads(?:\/([^/?]+))?\/?(?:\?|$)/
const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const crossOrigin = {
  methods,
  requestHeaders: [
    'Authorization',
    uploadTokenHeader,
    'Content-Type',
    'Tus-Resumable',
    'Upload-Length',
    'Upload-Metadata',
    'Upload-Offset',
    'Upload-Defer-Length',
    'Upload-Concat',
    'X-Request-Id',
    'X-Requested-With',
  ],
  responseHeaders: [
    'Location',
    'Tus-Resumable',
    'Tus-Version',
    'Tus-Extension',
    'Tus-Max-Size',
    'Upload-Length',
    'Upload-Metadata',
    'Upload-Offset',
    'Upload-Expires',
    'X-Request-Id',
  ],
} as const

/**
 * `/uploads` and `/uploads/<id>`: tus 1.0 with creation, expiration and termination. The server it runs in must not
 * limit the duration of a request (`requestTimeout: 0`): a large upload is one long request, and idle ones are cut here.
 */
export const createUploadsHandler = (options: UploadsOptions) => {
  const { transfers, tokens, authenticate, corsOrigins, maxUploadBytes, log } = options
  const tus = createTus({ ...options, publicUrl: options.publicUrl.replace(/\/+$/, '') })
  const requestIdOf = options.requestId ?? defaultRequestId

  const userOf = async (req: IncomingMessage, requestId: string): Promise<UserActor> => {
    const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? []
    if (token === undefined) throw new UnauthenticatedError('Uploading needs a token: Authorization: Bearer <token>.')
    return { ...(await authenticate(token)), requestId }
  }

  const callerOf = async (req: IncomingMessage, requestId: string, uploadId: string): Promise<UserActor | null> => {
    const token = req.headers[uploadTokenHeader.toLowerCase()]
    if (token === undefined) return await userOf(req, requestId)
    if (typeof token === 'string' && tokens.verify(uploadId, token)) return null
    throw new UnauthenticatedError('The upload token is not for this upload, or has expired.')
  }

  const exchange = async (req: IncomingMessage, requestId: string) => {
    const uploadId = pathPattern.exec(req.url ?? '')?.[1] ?? null
    if (uploadId === null) {
      const actor = req.method === 'OPTIONS' ? null : await userOf(req, requestId)
      return await tus.handle({ req, requestId, actor, transfer: null })
    }
    if (req.method === 'OPTIONS') return await tus.handle({ req, requestId, actor: null, transfer: null })
    if (!idPattern.test(uploadId)) throw new NotFoundError('There is no such upload.')
    const actor = await callerOf(req, requestId, uploadId)
    // Before the lock is asked for, which would stop the request that holds it.
    const transfer = await transfers.resume(actor, uploadId)
    return await tus.handle({ req, requestId, actor, transfer })
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(req)
    res.setHeader('X-Request-Id', requestId)
    res.setHeader('Tus-Resumable', '1.0.0')
    if (applyCors(req, res, { origins: corsOrigins, ...crossOrigin })) {
      res.statusCode = 204
      return void res.end()
    }
    const refusal = malformed(req, maxUploadBytes)
    if (refusal !== null) {
      if (refusal.status === 405) res.setHeader('Allow', allowed(req))
      if (refusal.status === 412) res.setHeader('Tus-Version', '1.0.0')
      return sendTextResponse(req, res, refusal)
    }
    try {
      const { response, transfer } = await exchange(req, requestId)
      if (response.status >= 400) {
        return sendTextResponse(req, res, { status: response.status, body: (await response.text()).trimEnd() })
      }
      copyHeaders(response.headers, res)
      if (req.method === 'OPTIONS') res.setHeader('Tus-Max-Size', String(maxUploadBytes))
      if (transfer !== null && req.method !== 'DELETE' && transfer.status !== 'COMPLETED') {
        res.setHeader('Upload-Expires', transfer.expiresAt.toUTCString())
      }
      res.statusCode = response.status
      res.end()
      discardBody(req)
    } catch (error) {
      sendTextResponse(req, res, toErrorResponse(error, { log, requestId }))
    }
  }
}

const allowed = (req: IncomingMessage): string =>
  (isCollection(req) ? ['OPTIONS', 'POST'] : ['OPTIONS', 'HEAD', 'PATCH', 'DELETE']).join(', ')

const isCollection = (req: IncomingMessage): boolean => pathPattern.exec(req.url ?? '')?.[1] === undefined

/** What can be refused without knowing who asks. */
const malformed = (req: IncomingMessage, maxUploadBytes: number): TextResponse | null => {
  const { method = '', headers } = req
  if (!pathPattern.test(req.url ?? '')) return { status: 404, body: 'There is nothing here.' }
  if (!allowed(req).split(', ').includes(method)) {
    return { status: 405, body: `${method} is not possible here: this is an upload, made by the tus protocol.` }
  }
  if (method === 'OPTIONS') return null
  if (headers['tus-resumable'] !== '1.0.0') return { status: 412, body: 'This needs the header Tus-Resumable: 1.0.0.' }
  if (method !== 'POST') return null
  if (headers['upload-defer-length'] !== undefined) {
    return { status: 400, body: 'The size must be known when an upload is created: send the header Upload-Length.' }
  }
  if (Number(headers['upload-length']) > maxUploadBytes) {
    return { status: 413, body: `An upload may have at most ${maxUploadBytes} bytes.` }
  }
  return null
}

/** The protocol's own; who may read them was decided above. */
const copyHeaders = (from: Headers, res: ServerResponse): void => {
  for (const [name, value] of from) {
    if (!name.startsWith('access-control-')) res.setHeader(name, value)
  }
}

const defaultRequestId = (req: IncomingMessage): string => {
  const given = req.headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
}
