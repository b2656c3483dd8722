import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UserActor } from '../services/kernel/actor.ts'
import { RateLimitedError, UnauthenticatedError } from '../services/kernel/errors.ts'
import { type UploadTokens, uploadTokenHeader } from '../services/upload/token.ts'
import { applyCors } from './crossOrigin.ts'
import { endResponse, sendTextResponse, toErrorResponse } from './responses.ts'
import { createTus, type TusOptions } from './tus.ts'
import { type Answer, describeServer, routeRequest } from './tusProtocol.ts'

interface UploadsOptions extends TusOptions {
  tokens: UploadTokens
  /** Rejects with UnauthenticatedError. */
  authenticate(token: string): Promise<UserActor>
  corsOrigins: readonly string[]
}

const crossOrigin = {
  methods: ['OPTIONS', 'POST', 'HEAD', 'PATCH', 'DELETE'],
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
 * `/uploads` and `/uploads/<id>`: tus 1.0 with creation, expiration and termination. The HTTP server must not limit the
 * duration of a request (`requestTimeout: 0`): a large upload is one long request, and idle ones are cut here.
 */
export const createUploadsHandler = (options: UploadsOptions) => {
  const { tokens, authenticate, corsOrigins, maxUploadBytes, log } = options
  const tus = createTus({ ...options, publicUrl: options.publicUrl.replace(/\/+$/, '') })

  const userOf = async (req: IncomingMessage, requestId: string): Promise<UserActor> => {
    const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? []
    if (token === undefined) throw new UnauthenticatedError('Uploading needs a token: Authorization: Bearer <token>.')
    return { ...(await authenticate(token)), requestId }
  }

  const callerOf = async (req: IncomingMessage, requestId: string, uploadId: string): Promise<UserActor | null> => {
    const token = req.headers[uploadTokenHeader.toLowerCase()]
    if (token === undefined) return userOf(req, requestId)
    if (typeof token === 'string' && tokens.verify(uploadId, token)) return null
    throw new UnauthenticatedError('The upload token is for another upload or has expired. Request a new one.')
  }

  const answer = async (req: IncomingMessage, requestId: string): Promise<Answer> => {
    const route = routeRequest(req.method ?? '', req.url ?? '', req.headers)
    switch (route.type) {
      case 'refused':
        return route.answer
      case 'describe':
        return describeServer(maxUploadBytes)
      case 'create':
        return tus.create(await userOf(req, requestId), req)
      case 'upload':
        return tus[route.method](await callerOf(req, requestId, route.uploadId), route.uploadId, req)
    }
  }

  const answerError = (error: unknown, requestId: string): Answer =>
    // tus clients retry the same upload after 423; after 429 they give it up.
    error instanceof RateLimitedError
      ? { status: 423, body: error.message }
      : toErrorResponse(error, { log, requestId })

  return async (req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> => {
    res.setHeader('X-Request-Id', requestId)
    res.setHeader('Tus-Resumable', '1.0.0')
    const isPreflight = applyCors(req, res, { origins: corsOrigins, ...crossOrigin })
    if (isPreflight) return void res.writeHead(204).end()
    const {
      status,
      headers = {},
      body,
    } = await answer(req, requestId).catch((error: unknown) => answerError(error, requestId))
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    if (body !== undefined) return sendTextResponse(req, res, { status, body })
    res.statusCode = status
    endResponse(req, res)
  }
}
