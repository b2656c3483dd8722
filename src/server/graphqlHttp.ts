import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal, UnauthenticatedError } from '../services/kernel/errors.ts'
import type { Log } from '../services/kernel/ports.ts'
import { onExpiry, type Recognise } from './caller.ts'
import { allowOrigin } from './crossOrigin.ts'
import { type EventStream, sendEvents } from './eventStream.ts'
import type { Graphql } from './graphql.ts'
import { type Refused, readBody, unreadable } from './graphqlBody.ts'
import { isForeign } from './origin.ts'
import { limits } from './plugins/limits.ts'
import { discardBody } from './responses.ts'

interface GraphqlHttpOptions {
  graphql: Graphql
  recognise: Recognise
  graphiql: boolean
  corsOrigins: readonly string[]
  publicUrl: string
  log: Log
  /** How long one event of a stream may wait for a client that does not read. */
  slowConsumerMs?: number
  /** How long the body of a request may take to arrive. */
  bodyPatienceMs?: number
}

export interface GraphqlHttp {
  handle(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void>
  /** Ends the event streams that are open. */
  close(): void
}

const crossOrigin = {
  methods: ['GET', 'POST', 'OPTIONS'],
  requestHeaders: ['Authorization', 'Content-Type', 'Accept', 'Idempotency-Key', 'X-Request-Id'],
  responseHeaders: ['X-Request-Id', 'Retry-After', 'Idempotent-Replayed'],
} as const

const refuse = (req: IncomingMessage, res: ServerResponse, { status, code, message }: Refused): void => {
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Cache-Control', 'no-store')
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
  res.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }))
  discardBody(req)
}

const foreign: Refused = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'Requests from this site are not allowed: see CORS_ORIGINS.',
}

/** Where the engine believes to live; the way to it is Fastify's matter. */
const endpoint = 'http://localhost/graphql'

/** Meant for one hop, or none at all. */
const unsent = new Set(['connection', 'content-encoding', 'content-length'])

/** Everything the page needs is inside it. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'font-src data:',
  'img-src data: blob:',
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const wantsPage = (req: IncomingMessage): boolean =>
  req.method === 'GET' && (req.headers.accept ?? '').includes('text/html') && !(req.url ?? '').includes('query=')

/** GraphQL over POST, GET and event streams. */
export const createGraphqlHttp = (options: GraphqlHttpOptions): GraphqlHttp => {
  const { graphql, recognise, graphiql, corsOrigins, log } = options
  const { slowConsumerMs = 15_000, bodyPatienceMs = 30_000 } = options
  const streams = new Set<EventStream>()
  let closed = false

  const fail = (req: IncomingMessage, res: ServerResponse, error: unknown, requestId: string): void => {
    if (error instanceof Refusal) {
      const status = error instanceof UnauthenticatedError ? 401 : 403
      refuse(req, res, { status, code: error.code, message: error.message })
      return
    }
    log.error({ err: error, requestId }, 'A request failed.')
    const message = `Something went wrong on our side. It is logged under request id ${requestId}.`
    refuse(req, res, { status: 500, code: 'INTERNAL_SERVER_ERROR', message })
  }

  const sendPage = async (res: ServerResponse): Promise<void> => {
    const page = await graphql.fetch(new Request(endpoint, { headers: { accept: 'text/html' } }))
    res.writeHead(page.status, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': pagePolicy,
      'Referrer-Policy': 'no-referrer',
    })
    res.end(await page.text())
  }

  /** An event stream ends with the token that opened it, and at shutdown. */
  const sendStream = async (response: Response, res: ServerResponse, expiresAt: Date | null): Promise<void> => {
    if (response.body === null) return void res.end()
    res.flushHeaders()
    const stream = sendEvents(response.body, res, { slowConsumerMs })
    streams.add(stream)
    const stop = onExpiry(expiresAt, stream.end)
    if (closed) stream.end()
    await stream.done.finally(() => {
      stop()
      streams.delete(stream)
    })
  }

  const send = async (response: Response, res: ServerResponse, expiresAt: Date | null): Promise<void> => {
    if (res.destroyed) return response.body?.cancel()
    res.statusCode = response.status
    for (const [name, value] of response.headers) if (!unsent.has(name.toLowerCase())) res.setHeader(name, value)
    if (response.headers.get('content-type')?.startsWith('text/event-stream'))
      return sendStream(response, res, expiresAt)
    res.setHeader('Cache-Control', 'no-store')
    res.end(await response.text())
  }

  const answer = async (req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> => {
    if (isForeign(req, options) && req.method !== 'OPTIONS' && !(graphiql && wantsPage(req)))
      return refuse(req, res, foreign)
    // The page itself shows nothing; its queries need a token.
    if (graphiql && wantsPage(req)) return sendPage(res)
    const { actor, expiresAt } = await recognise(req.headers.authorization, requestId)
    const isPost = req.method === 'POST'
    const refused = isPost ? unreadable(req) : null
    if (refused !== null) return refuse(req, res, refused)
    const body = isPost ? await readBody(req, { limitBytes: limits.bodyBytes, patienceMs: bodyPatienceMs }) : undefined
    if (body === null) return
    if (body !== undefined && 'status' in body) return refuse(req, res, body)
    const request = new graphql.fetchAPI.Request(`${endpoint}${URL.parse(req.url ?? '', endpoint)?.search ?? ''}`, {
      method: req.method,
      headers: req.headers as Record<string, string>, // a request's own are all text
      body,
    })
    const idempotencyKey = req.headers['idempotency-key']
    const call = { actor, requestId, idempotencyKey, isAwaited: () => !res.destroyed }
    await send(await graphql.fetch(request, { call }), res, expiresAt)
  }

  return {
    async handle(req, res, requestId) {
      if (allowOrigin(req, res, { origins: corsOrigins, ...crossOrigin })) {
        res.statusCode = 204
        res.end()
        return
      }
      try {
        await answer(req, res, requestId)
      } catch (error) {
        if (!res.headersSent) fail(req, res, error, requestId)
        else {
          log.error({ err: error, requestId }, 'A stream broke.')
          res.destroy()
        }
      }
    },

    close() {
      closed = true
      for (const stream of streams) stream.end()
    },
  }
}
