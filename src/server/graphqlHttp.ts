import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal, UnauthenticatedError } from '../services/errors.ts'
import type { Log } from '../services/ports.ts'
import { discardBody } from './answers.ts'
import { onExpiry, type Recognise } from './caller.ts'
import { allowOrigin } from './crossOrigin.ts'
import type { Graphql } from './graphql.ts'
import { limits } from './guards/limits.ts'

interface GraphqlHttpOptions {
  graphql: Graphql
  recognise: Recognise
  graphiql: boolean
  corsOrigins: readonly string[]
  log: Log
}

export interface GraphqlHttp {
  handle(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void>
  /** Ends the event streams that are open. */
  close(): void
}

interface Refused {
  status: number
  code: string
  message: string
}

const crossOrigin = {
  methods: ['GET', 'POST', 'OPTIONS'],
  requestHeaders: ['Authorization', 'Content-Type', 'Accept', 'Idempotency-Key', 'X-Request-Id'],
  responseHeaders: ['X-Request-Id', 'Retry-After'],
} as const

const refuse = (req: IncomingMessage, res: ServerResponse, { status, code, message }: Refused): void => {
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Cache-Control', 'no-store')
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
  res.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }))
  discardBody(req)
}

/** What a page of another site could make a browser send without asking first is refused. */
const unacceptable = (req: IncomingMessage, corsOrigins: readonly string[]): Refused | null => {
  if (req.method !== 'POST') return null
  const { origin } = req.headers
  const isCrossSite = req.headers['sec-fetch-site'] === 'cross-site'
  if (isCrossSite && (origin === undefined || !corsOrigins.includes(origin)))
    return { status: 403, code: 'FORBIDDEN', message: 'Requests from this site are not allowed: see CORS_ORIGINS.' }
  const type = req.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json')
    return { status: 415, code: 'INVALID_INPUT', message: 'Send the operation as application/json.' }
  const length = req.headers['content-length']
  if (length === undefined) return { status: 411, code: 'INVALID_INPUT', message: 'A Content-Length is needed.' }
  if (Number(length) > limits.bodyBytes)
    return { status: 413, code: 'INVALID_INPUT', message: `A request holds at most ${limits.bodyBytes} bytes.` }
  return null
}

const wantsPage = (req: IncomingMessage): boolean =>
  req.method === 'GET' && (req.headers.accept ?? '').includes('text/html') && !(req.url ?? '').includes('query=')

/** GraphQL over POST, GET and event streams. */
export const createGraphqlHttp = (options: GraphqlHttpOptions): GraphqlHttp => {
  const { graphql, recognise, graphiql, corsOrigins, log } = options
  const streams = new Set<ServerResponse>()

  const fail = (req: IncomingMessage, res: ServerResponse, error: unknown, requestId: string): void => {
    if (error instanceof UnauthenticatedError)
      return refuse(req, res, { status: 401, code: error.code, message: error.message })
    if (error instanceof Refusal) return refuse(req, res, { status: 403, code: error.code, message: error.message })
    log.error({ err: error, requestId }, 'A request failed.')
    const message = `Something went wrong on our side. It is logged under request id ${requestId}.`
    refuse(req, res, { status: 500, code: 'INTERNAL_SERVER_ERROR', message })
  }

  /** An event stream ends with the token that opened it, and at shutdown. */
  const follow = (req: IncomingMessage, res: ServerResponse, expiresAt: Date | null): void => {
    if (!(req.headers.accept ?? '').includes('text/event-stream')) return
    streams.add(res)
    const stop = onExpiry(expiresAt, () => res.destroy())
    res.once('close', () => {
      stop()
      streams.delete(res)
    })
  }

  return {
    async handle(req, res, requestId) {
      if (allowOrigin(req, res, { origins: corsOrigins, ...crossOrigin })) {
        res.statusCode = 204
        res.end()
        return
      }
      const refused = unacceptable(req, corsOrigins)
      if (refused !== null) return refuse(req, res, refused)
      try {
        if (graphiql && wantsPage(req)) {
          // The page itself shows nothing; its queries need a token.
          const page = await graphql.fetch(new Request(`http://localhost${req.url}`, { headers: { accept: 'text/html' } }))
          res.writeHead(page.status, { 'Content-Type': 'text/html; charset=utf-8' })
          res.end(await page.text())
          return
        }
        const { actor, expiresAt } = await recognise(req.headers.authorization, requestId)
        follow(req, res, expiresAt)
        await graphql.handle(req, res, { call: { actor, requestId } })
      } catch (error) {
        if (res.headersSent) res.destroy()
        else fail(req, res, error, requestId)
      }
    },

    close() {
      for (const res of streams) res.destroy()
    },
  }
}
