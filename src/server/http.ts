import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { fastify } from 'fastify'
import type { Logger } from '../services/kernel/ports.ts'
import type { GraphqlHttp } from './graphqlHttp.ts'
import { sendTextResponse, toErrorResponse } from './responses.ts'
import type { GraphqlSockets } from './websocket.ts'

type RawHandler = (req: IncomingMessage, res: ServerResponse, requestId: string) => Promise<void>

interface HttpOptions {
  graphql: GraphqlHttp
  sockets: GraphqlSockets
  uploads: RawHandler
  files: RawHandler
  /** Rejects, or answers false, while something that requests need is away. */
  isReady: () => Promise<boolean>
  log: Logger
  /** How long requests under way may take to finish at the close. */
  closeTimeoutMs?: number
}

export interface HttpServer {
  /** Port 0 lets the system choose; resolves to the port that is listened to. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>
  /** Readiness turns false, requests under way finish, sockets and streams end. Ends within `closeMs`. */
  close(): Promise<void>
}

interface Hijackable {
  hijack(): void
  raw: ServerResponse
}

const requestIdPattern = /^[\w.:-]{1,100}$/

/** A client's own request id is kept if it is harmless, so that both sides can find the same line of a log. */
const requestIdOf = ({ headers }: { headers: IncomingMessage['headers'] }): string => {
  const clientRequestId = headers['x-request-id']
  return typeof clientRequestId === 'string' && requestIdPattern.test(clientRequestId) ? clientRequestId : randomUUID()
}

/** Answers an upgrade that does not happen, and lets the connection go whatever the other side does. */
const rejectUpgrade = (socket: Duplex, status: string): void => {
  // Nobody else listens: without this a connection that breaks here would end the process.
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

export const createHttpServer = (options: HttpOptions): HttpServer => {
  const { graphql, sockets, log } = options
  const { closeTimeoutMs = 10_000 } = options
  const pendingResponses = new Set<ServerResponse>()
  let onIdle = (): void => undefined
  let closing: Promise<void> | null = null

  const app = fastify({
    genReqId: requestIdOf,
    logger: false,
    forceCloseConnections: 'idle',
    // A large upload is one long request; idle senders are cut by the upload handler.
    requestTimeout: 0,
  })

  app.addHook('onRequest', async (request, { raw: res }) => {
    res.setHeader('X-Request-Id', request.id)
    res.setHeader('X-Content-Type-Options', 'nosniff')
  })

  /** Hands request and response over as they are. */
  const raw = (handle: RawHandler) => async (request: { raw: IncomingMessage; id: string }, reply: Hijackable) => {
    reply.hijack()
    const [req, res, startedAt] = [request.raw, reply.raw, performance.now()]
    pendingResponses.add(res)
    if (closing !== null) res.setHeader('Connection', 'close')
    res.once('close', () => {
      pendingResponses.delete(res)
      if (pendingResponses.size === 0) onIdle()
      const fields = {
        requestId: request.id,
        method: req.method,
        path: req.url?.split('?')[0], // the rest may hold a signature
        status: res.statusCode,
        ms: Math.round(performance.now() - startedAt),
      }
      log.debug(fields, 'Answered.')
      // A kept connection that was busy when the close began is not closed by anybody else.
      if (closing !== null) app.server.closeIdleConnections()
    })
    try {
      await handle(req, res, request.id)
    } catch (error) {
      sendTextResponse(req, res, toErrorResponse(error, { log, requestId: request.id }))
    }
  }

  app.register(async (scope) => {
    // The handlers read the bodies themselves.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.all('/graphql', raw(graphql.handle))
    scope.all('/uploads', raw(options.uploads))
    scope.all('/uploads/*', raw(options.uploads))
    scope.all('/files/*', raw(options.files))
  })

  app.get('/livez', async (_request, reply) => reply.header('Cache-Control', 'no-store').send({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const isReady = closing === null && (await options.isReady().catch(() => false))
    reply.code(isReady ? 200 : 503).header('Cache-Control', 'no-store')
    return { status: isReady ? 'ready' : 'not ready' }
  })
  app.setNotFoundHandler(async (_request, reply) => {
    reply.code(404)
    return { message: 'There is nothing here. The API is at /graphql.' }
  })

  app.server.on('upgrade', (req, socket, head) => {
    if (closing !== null) rejectUpgrade(socket, '503 Service Unavailable')
    else if (req.url?.split('?')[0] !== '/graphql') rejectUpgrade(socket, '404 Not Found')
    else if (!sockets.accepts(req)) rejectUpgrade(socket, '403 Forbidden')
    else sockets.upgrade(req, socket, head)
  })

  const waitForIdle = (timeoutMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (pendingResponses.size === 0) return resolve()
      const timeout = setTimeout(resolve, timeoutMs)
      onIdle = () => {
        clearTimeout(timeout)
        resolve()
      }
    })

  const shutDown = async (): Promise<void> => {
    // A client that does not read, or never ends its request, would hold the close for ever.
    const forceCloseTimer = setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs)
    graphql.close()
    // Still listening, so that whoever asks /readyz learns of it while requests under way finish.
    await Promise.all([sockets.close(), waitForIdle(closeTimeoutMs / 2)])
    await app.close().finally(() => clearTimeout(forceCloseTimer))
  }

  return {
    async listen(address) {
      await app.listen(address)
      return { port: (app.server.address() as AddressInfo).port } // a TCP server has no other kind
    },
    close() {
      closing ??= shutDown()
      return closing
    },
  }
}
