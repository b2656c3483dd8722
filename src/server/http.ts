import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fastify } from 'fastify'
import type { Log } from '../services/ports.ts'
import type { GraphqlHttp } from './graphqlHttp.ts'
import type { GraphqlSockets } from './websocket.ts'

type RawHandler = (req: IncomingMessage, res: ServerResponse, requestId: string) => Promise<void>

interface HttpOptions {
  graphql: GraphqlHttp
  sockets: GraphqlSockets
  uploads: RawHandler
  files: RawHandler
  /** Rejects, or answers false, while something that requests need is away. */
  ready: () => Promise<boolean>
  log: Log
  /** How long requests under way may take to finish at the close. */
  closeMs?: number
}

export interface HttpServer {
  listen(address: { host: string; port: number }): Promise<void>
  /** Readiness turns false, requests under way finish, sockets and streams end. Ends within `closeMs`. */
  close(): Promise<void>
}

const requestIdPattern = /^[\w.:-]{1,100}$/

/** A client's own request id is kept if it is harmless, so that both sides can find the same line of a log. */
const requestIdOf = ({ headers }: { headers: IncomingMessage['headers'] }): string => {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && requestIdPattern.test(sent) ? sent : randomUUID()
}

export const createHttpServer = (options: HttpOptions): HttpServer => {
  const { graphql, sockets, log } = options
  let closing: Promise<void> | null = null

  const app = fastify({
    genReqId: requestIdOf,
    logger: false,
    forceCloseConnections: 'idle',
    // A large upload is one long request; idle senders are cut by the upload handler.
    requestTimeout: 0,
  })

  const secure = (res: ServerResponse, requestId: string): void => {
    res.setHeader('X-Request-Id', requestId)
    res.setHeader('X-Content-Type-Options', 'nosniff')
  }

  const raw = (handle: RawHandler) => ({
    handler: async (request: { raw: IncomingMessage; id: string }, reply: { hijack(): void; raw: ServerResponse }) => {
      reply.hijack()
      const [req, res, startedAt] = [request.raw, reply.raw, performance.now()]
      secure(res, request.id)
      res.once('close', () => {
        const fields = {
          requestId: request.id,
          method: req.method,
          path: req.url?.split('?')[0], // the rest may hold a signature
          status: res.statusCode,
          ms: Math.round(performance.now() - startedAt),
        }
        log.debug(fields, 'Answered.')
      })
      await handle(req, res, request.id)
    },
  })

  app.register(async (scope) => {
    // The handlers read the bodies themselves.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.all('/graphql', raw(graphql.handle).handler)
    scope.all('/uploads', raw(options.uploads).handler)
    scope.all('/uploads/*', raw(options.uploads).handler)
    scope.all('/files/*', raw(options.files).handler)
  })

  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const ready = closing === null && (await options.ready().catch(() => false))
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' })
  })
  app.setNotFoundHandler(async (request, reply) => {
    reply.code(404).header('X-Request-Id', request.id)
    return { message: 'There is nothing here. The API is at /graphql.' }
  })

  app.server.on('upgrade', (req, socket, head) => {
    if (closing === null && req.url?.split('?')[0] === '/graphql') sockets.upgrade(req, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
  })

  const shut = async (): Promise<void> => {
    const closeMs = options.closeMs ?? 10_000
    // An open stream or a slow download would hold the close for ever.
    const deadline = setTimeout(() => app.server.closeAllConnections(), closeMs)
    await sockets.close()
    graphql.close()
    await app.close()
    clearTimeout(deadline)
  }

  return {
    async listen(address) {
      await app.listen(address)
    },
    close() {
      closing ??= shut()
      return closing
    },
  }
}
