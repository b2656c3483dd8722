import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import fastifyStatic from '@fastify/static'
import { fastify } from 'fastify'
import type { Logger } from '../services/kernel/ports.ts'
import { connectionRetrySeconds } from './connectionLimits.ts'
import type { GraphqlHttp } from './graphqlHttp.ts'
import { sendTextResponse, toErrorResponse } from './responses.ts'
import type { GraphqlSockets } from './websocket.ts'

type RawHandler = (req: IncomingMessage, res: ServerResponse, requestId: string) => Promise<void>

interface HttpOptions {
  graphql: GraphqlHttp
  sockets: GraphqlSockets
  uploads: RawHandler
  files: RawHandler
  /** Handlers by path. */
  console: Readonly<Record<string, RawHandler>>
  /** Folder of scripts and styles of the console, whose names change with their content. */
  consoleAssets: string
  /** Rejects, or resolves to false, while a dependency of requests is unavailable. */
  isReady: () => Promise<boolean>
  log: Logger
  /** How long running requests may take to finish at shutdown; 10 s by default. */
  closeTimeoutMs?: number
  /** How long the headers of a request may take to arrive; 15 s by default. */
  headersTimeoutMs?: number
}

export interface HttpServer {
  /** Starts to listen; port 0 lets the system choose. Resolves to the port. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>
  /** Turns readiness false, finishes running requests, and ends sockets and streams. Takes at most `closeTimeoutMs`. */
  close(): Promise<void>
}

interface Hijackable {
  hijack(): void
  raw: ServerResponse
}

const requestIdPattern = /^[\w.:-]{1,100}$/

/** Returns the client's own request id if it is harmless, so that both sides find the same log line, else a new one. */
const requestIdOf = ({ headers }: { headers: IncomingMessage['headers'] }): string => {
  const clientRequestId = headers['x-request-id']
  return typeof clientRequestId === 'string' && requestIdPattern.test(clientRequestId) ? clientRequestId : randomUUID()
}

/** Refuses an upgrade and closes the connection, whatever the client does. */
const rejectUpgrade = (socket: Duplex, status: string, header = ''): void => {
  // The only error listener: without it, a connection that breaks here would crash the process.
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n${header}\r\n`, () => socket.destroy())
}

export const createHttpServer = (options: HttpOptions): HttpServer => {
  const { graphql, sockets, log } = options
  const { closeTimeoutMs = 10_000, headersTimeoutMs = 15_000 } = options
  const pendingResponses = new Set<ServerResponse>()
  let onIdle = (): void => undefined
  let closing: Promise<void> | null = null

  const app = fastify({
    genReqId: requestIdOf,
    logger: false,
    forceCloseConnections: 'idle',
    // A large upload is one long request; the upload handler disconnects idle senders.
    requestTimeout: 0,
    http: {
      headersTimeout: headersTimeoutMs,
      // How often Node looks for connections whose headers are late.
      connectionsCheckingInterval: Math.min(1000, headersTimeoutMs),
    },
  })

  app.addHook('onRequest', async (request, { raw: res }) => {
    res.setHeader('X-Request-Id', request.id)
    res.setHeader('X-Content-Type-Options', 'nosniff')
  })

  /** Passes the raw request and response to a handler, past Fastify. */
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
        path: req.url?.split('?')[0], // the query may contain a signature, or the code of a login service
        status: res.statusCode,
        ms: Math.round(performance.now() - startedAt),
      }
      log.debug(fields, 'Answered a request.')
      // A keep-alive connection that was busy when the shutdown began is closed only here.
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
    for (const [path, handle] of Object.entries(options.console)) scope.all(path, raw(handle))
  })

  app.register(fastifyStatic, {
    root: options.consoleAssets,
    prefix: '/console/assets/',
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
    index: false,
    redirect: false,
    decorateReply: false,
  })

  app.get('/livez', async (_request, reply) => reply.header('Cache-Control', 'no-store').send({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const isReady = closing === null && (await options.isReady().catch(() => false))
    reply.code(isReady ? 200 : 503).header('Cache-Control', 'no-store')
    return { status: isReady ? 'ready' : 'not ready' }
  })
  app.setNotFoundHandler(async (_request, reply) => {
    reply.code(404)
    return { message: 'Not found. The API is at /graphql.' }
  })

  app.server.on('upgrade', (req, socket, head) => {
    if (closing !== null) rejectUpgrade(socket, '503 Service Unavailable')
    else if (req.url?.split('?')[0] !== '/graphql') rejectUpgrade(socket, '404 Not Found')
    else if (!sockets.accepts(req)) rejectUpgrade(socket, '403 Forbidden')
    else if (!sockets.admits(req))
      rejectUpgrade(socket, '429 Too Many Requests', `Retry-After: ${connectionRetrySeconds}\r\n`)
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
    // A client that does not read, or never ends its request, would block the shutdown forever.
    const forceCloseTimer = setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs)
    graphql.close()
    // The server still listens, so that load balancers see /readyz fail while running requests finish.
    await Promise.all([sockets.close(), waitForIdle(closeTimeoutMs / 2)])
    await app.close().finally(() => clearTimeout(forceCloseTimer))
  }

  return {
    async listen(address) {
      await app.listen(address)
      return { port: (app.server.address() as AddressInfo).port } // as: a TCP server has no other address
    },
    close() {
      closing ??= shutDown()
      return closing
    },
  }
}
