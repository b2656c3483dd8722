import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../services/kernel/ports.ts'
import { type Authenticate, type Caller, onExpiry } from './caller.ts'
import { chooseCoding, sendCoded } from './compression.ts'
import { type ConnectionLimits, connectionRetrySeconds } from './connectionLimits.ts'
import { applyCors } from './crossOrigin.ts'
import { defaultDeadlines, withDeadline } from './deadline.ts'
import { createDirectAnswers, type DirectAnswer } from './directAnswer.ts'
import { sendResult } from './entityTag.ts'
import { discardEvents, type EventStream, sendEvents } from './eventStream.ts'
import type { Documents, Graphql } from './graphql.ts'
import { checkContentHeaders, checkSearch, type RequestRejection, readBody } from './graphqlBody.ts'
import { isUntrustedOrigin } from './origin.ts'
import { limits } from './plugins/limits.ts'
import { endResponse, httpStatuses, internalErrorMessage, retryHeadersOf, toRefusal } from './responses.ts'

interface GraphqlHttpOptions {
  graphql: Graphql
  documents: Documents
  authenticate: Authenticate
  graphiql: boolean
  corsOrigins: readonly string[]
  publicUrl: string
  connectionLimits: ConnectionLimits
  log: Logger
  /** How long one event of a stream may wait for a client that does not read; 15 s by default. */
  slowConsumerTimeoutMs?: number
  /** How long the body of a request may take to arrive; 30 s by default. */
  bodyTimeoutMs?: number
}

export interface GraphqlHttp {
  handle(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void>
  /** Ends all open event streams. */
  close(): void
}

const crossOrigin = {
  methods: ['GET', 'POST', 'OPTIONS'],
  responseHeaders: ['ETag', 'X-Request-Id', 'Retry-After', 'Idempotent-Replayed'],
} as const

const sendRejection = (
  req: IncomingMessage,
  res: ServerResponse,
  { status, code, message, retryAfterSeconds }: RequestRejection,
): void => {
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Cache-Control', 'no-store')
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
  if (retryAfterSeconds !== undefined) res.setHeader('Retry-After', retryAfterSeconds)
  endResponse(req, res, JSON.stringify({ errors: [{ message, extensions: { code, retryAfterSeconds } }] }))
}

const originRejection: RequestRejection = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'Requests from this origin are not allowed. Add the origin to CORS_ORIGINS on the server.',
}

const tooManyStreamsRejection: RequestRejection = {
  status: 429,
  code: 'RATE_LIMITED',
  message: 'Too many open sockets and event streams. Close one, then try again.',
  retryAfterSeconds: connectionRetrySeconds,
}

/** Time that the body of a request may take without changing the time of its arrival. */
const maxBodyDelayMs = 1000

/** Placeholder URL of the requests that GraphQL Yoga gets; Fastify does the routing. */
const endpoint = 'http://localhost/graphql'

/**
 * Response headers of GraphQL Yoga that are not copied: they apply to a single hop, or to a body that is sent in
 * another form.
 */
const omittedHeaders = new Set(['connection', 'content-encoding', 'content-length'])

/** Content security policy of GraphiQL. The page contains everything that it needs and loads nothing. */
const graphiqlPolicy = [
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

const wantsGraphiql = (req: IncomingMessage): boolean =>
  req.method === 'GET' && (req.headers.accept ?? '').includes('text/html') && !(req.url ?? '').includes('query=')

/** Creates GraphQL over HTTP: POST, GET and event streams. */
export const createGraphqlHttp = (options: GraphqlHttpOptions): GraphqlHttp => {
  const { graphql, authenticate, graphiql, corsOrigins, connectionLimits, log } = options
  const { slowConsumerTimeoutMs = 15_000, bodyTimeoutMs = 30_000 } = options
  const answerDirectly = createDirectAnswers(graphql, options.documents)
  const streams = new Set<EventStream>()
  let isClosed = false

  const sendError = (req: IncomingMessage, res: ServerResponse, error: unknown, requestId: string): void => {
    const refusal = toRefusal(error, { log, requestId })
    if (refusal !== null) {
      const { code, message } = refusal
      for (const [name, value] of Object.entries(retryHeadersOf(refusal))) res.setHeader(name, value)
      sendRejection(req, res, { ...refusal, status: httpStatuses[code], code, message })
      return
    }
    log.error({ err: error, requestId }, 'Failed to handle a request.')
    const message = internalErrorMessage(requestId)
    sendRejection(req, res, { status: 500, code: 'INTERNAL_SERVER_ERROR', message })
  }

  const sendGraphiql = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const page = await graphql.fetch(new Request(endpoint, { headers: { accept: 'text/html' } }))
    const text = await page.text()
    res.statusCode = page.status
    res.setHeader('Content-Type', 'text/html; charset=utf-8')
    res.setHeader('Content-Security-Policy', graphiqlPolicy)
    res.setHeader('Referrer-Policy', 'no-referrer')
    await sendCoded(res, text, chooseCoding(req, res, text))
  }

  /** Sends an event stream. It ends when the token or session that opened it is not valid any more, and at shutdown. */
  const sendStream = async (response: Response, res: ServerResponse, caller: Caller): Promise<void> => {
    if (response.body === null) return void res.end()
    // Proxies such as nginx would otherwise keep events back until a buffer is full.
    res.setHeader('Cache-Control', 'no-cache, no-transform')
    res.setHeader('X-Accel-Buffering', 'no')
    res.flushHeaders()
    const stream = sendEvents(response.body, res, { slowConsumerTimeoutMs })
    streams.add(stream)
    const cancelExpiry = onExpiry(caller.expiresAt, stream.end)
    const stopWatching = caller.onRefusal(stream.end)
    if (isClosed) stream.end()
    await stream.closed.finally(() => {
      cancelExpiry()
      stopWatching()
      streams.delete(stream)
    })
  }

  const isStream = ({ headers }: Response): boolean =>
    headers.get('content-type')?.startsWith('text/event-stream') === true

  const sendResponse = async (
    req: IncomingMessage,
    res: ServerResponse,
    response: Response,
    caller: Caller,
  ): Promise<void> => {
    if (res.destroyed) return discardEvents(response.body)
    res.statusCode = response.status
    for (const [name, value] of response.headers)
      if (!omittedHeaders.has(name.toLowerCase())) res.setHeader(name, value)
    if (isStream(response)) return sendStream(response, res, caller)
    await sendResult(req, res, await response.text())
  }

  const sendAnswer = async (req: IncomingMessage, res: ServerResponse, answer: DirectAnswer): Promise<void> => {
    const { status, headers, body, compressedForms } = answer
    if (res.destroyed) return
    res.statusCode = status
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    res.setHeader('Cache-Control', 'no-store')
    const text = body ?? ''
    await sendCoded(res, text, chooseCoding(req, res, text), compressedForms)
  }

  /** Reads the body of a request, and notes when it had arrived. Never rejects. */
  const readTimedBody = async (req: IncomingMessage) => {
    const body = await readBody(req, { maxBytes: limits.bodyBytes, timeoutMs: bodyTimeoutMs })
    return { body, endedAtMs: performance.now() }
  }

  const handleRequest = async (req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> => {
    const startedAtMs = performance.now()
    if (isUntrustedOrigin(req, options) && req.method !== 'OPTIONS' && !(graphiql && wantsGraphiql(req)))
      return sendRejection(req, res, originRejection)
    // Without a token: the page itself contains no data, and its queries need one.
    if (graphiql && wantsGraphiql(req)) return sendGraphiql(req, res)
    const isPost = req.method === 'POST'
    const url = URL.parse(req.url ?? '', endpoint)
    const rejection = isPost ? checkContentHeaders(req) : url && checkSearch(url.searchParams)
    // The body is read during the authentication, which must not delay the time of its arrival.
    const bodyRead = isPost && rejection === null ? readTimedBody(req) : null
    const authentication = authenticate(req.headers.authorization, requestId, req)
    const caller = await withDeadline(authentication, defaultDeadlines.queryMs, { operation: 'authentication' })
    const { actor } = caller
    if (rejection !== null) return sendRejection(req, res, rejection)
    const { body, endedAtMs } = (await bodyRead) ?? { body: undefined, endedAtMs: startedAtMs }
    if (body === null) return
    if (body !== undefined && 'status' in body) return sendRejection(req, res, body)
    const createRequest = () =>
      new graphql.fetchAPI.Request(`${endpoint}${url?.search ?? ''}`, {
        method: req.method,
        headers: req.headers as Record<string, string>, // as: Node joins repeated request headers
        body,
      })
    const idempotencyKey = req.headers['idempotency-key']
    // The request arrived when it began, unless its body took longer than usual: a client must gain no time by that.
    const receivedAtMs = Math.max(startedAtMs, endedAtMs - maxBodyDelayMs)
    const call = {
      actor: { ...actor, receivedAtMs },
      requestId,
      receivedAtMs,
      idempotencyKey,
      isAwaited: () => !res.destroyed,
    }
    const answer = body === undefined ? null : await answerDirectly(req, body, call)
    if (answer !== null) return sendAnswer(req, res, answer)
    const response = await graphql.fetch(createRequest(), { call })
    if (!isStream(response)) return sendResponse(req, res, response, caller)
    // Only here is it certain that a stream opens. A refused one has already counted as a call of its caller.
    const release = connectionLimits.takeStream(actor.userId, req)
    if (release !== null) return sendResponse(req, res, response, caller).finally(release)
    await discardEvents(response.body)
    sendRejection(req, res, tooManyStreamsRejection)
  }

  return {
    async handle(req, res, requestId) {
      if (applyCors(req, res, { origins: corsOrigins, ...crossOrigin })) {
        res.statusCode = 204
        res.end()
        return
      }
      try {
        await handleRequest(req, res, requestId)
      } catch (error) {
        if (!res.headersSent) sendError(req, res, error, requestId)
        else {
          log.error({ err: error, requestId }, 'Failed to finish a response; closed its connection.')
          res.destroy()
        }
      }
    },

    close() {
      isClosed = true
      for (const stream of streams) stream.end()
    },
  }
}
