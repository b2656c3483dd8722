import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, GraphQLError } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { Refusal, UnauthenticatedError } from '../services/errors.ts'
import type { Log } from '../services/ports.ts'
import { type Caller, onExpiry, type Recognise } from './caller.ts'
import type { Graphql } from './graphql.ts'
import { presentError } from './guards/errors.ts'
import { limits } from './guards/limits.ts'

/** Why the server closes a socket, beside what the graphql-transport-ws protocol defines. */
export const closeCodes = {
  /** The server goes down; connect again. */
  goingAway: 1001,
  /** No token, or one that is forged, malformed or expired. */
  unauthenticated: 4401,
  /** The client has stopped reading; what it missed is shown when it subscribes again. */
  tooSlow: 4408,
} as const

/** What may wait for a client that does not read. */
const mostWaitingBytes = 16 * 1024 * 1024
const closingMs = 5000

interface WebSocketOptions {
  graphql: Graphql
  recognise: Recognise
  corsOrigins: readonly string[]
  publicUrl: string
  log: Log
  keepAliveMs?: number
}

export interface GraphqlSockets {
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): Promise<void>
}

interface Session extends Record<PropertyKey, unknown> {
  caller?: Caller
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** GraphQL over WebSocket (graphql-transport-ws), with every guard that HTTP has. */
export const createGraphqlSockets = (options: WebSocketOptions): GraphqlSockets => {
  const { graphql, recognise, log } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  })

  /** Pages of other sites cannot open sockets in a visitor's name; programs send no origin. */
  const mayConnect = ({ headers: { origin, host } }: IncomingMessage): boolean =>
    origin === undefined ||
    options.corsOrigins.includes(origin) ||
    origin === new URL(options.publicUrl).origin ||
    URL.parse(origin)?.host === host

  const cutOff = (socket: WebSocket): void => {
    socket.close(closeCodes.tooSlow, 'Stopped reading')
    // The close itself waits behind what is not read.
    setTimeout(() => socket.terminate(), closingMs).unref()
  }

  const server = useServer<Record<string, unknown>, Session>(
    {
      connectionInitWaitTimeout: 10_000,
      execute: (args) => (args as Enveloped).rootValue.execute(args), // made by onSubscribe below
      subscribe: (args) => (args as Enveloped).rootValue.subscribe(args), // made by onSubscribe below

      async onConnect({ connectionParams, extra }) {
        const authorization =
          text(connectionParams?.['authorization']) ??
          text(connectionParams?.['Authorization']) ??
          extra.request.headers.authorization
        try {
          const caller = await recognise(authorization, randomUUID())
          extra.caller = caller
          const stop = onExpiry(caller.expiresAt, () =>
            extra.socket.close(closeCodes.unauthenticated, 'The token has expired'),
          )
          extra.socket.once('close', stop)
          return true
        } catch (error) {
          if (!(error instanceof UnauthenticatedError)) throw error
          extra.socket.close(closeCodes.unauthenticated, error.message.slice(0, 120))
          return false
        }
      },

      async onSubscribe({ extra }, _id, payload) {
        const requestId = randomUUID()
        if (extra.caller === undefined) throw new Error('operations come after the connection is acknowledged')
        const call = { actor: { ...extra.caller.actor, requestId }, requestId }
        const { schema, execute, subscribe, contextFactory, parse, validate } = graphql.getEnveloped({
          req: extra.request,
          params: payload,
          call,
        })
        try {
          const document = parse(payload.query)
          const faults = validate(schema, document)
          if (faults.length > 0) return faults
          return {
            schema,
            document,
            operationName: payload.operationName,
            variableValues: payload.variables,
            contextValue: await contextFactory(),
            rootValue: { execute, subscribe },
          }
        } catch (error) {
          // A syntax error or a limit concerns this operation: the socket and its other streams stay.
          if (error instanceof GraphQLError || error instanceof Refusal) return [presentError(error, { log, requestId })]
          throw error
        }
      },

      onNext({ extra }) {
        if (extra.socket.bufferedAmount > mostWaitingBytes) cutOff(extra.socket)
      },
    },
    sockets,
    options.keepAliveMs,
  )

  return {
    upgrade(req, socket, head) {
      if (!mayConnect(req)) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
        return
      }
      sockets.handleUpgrade(req, socket, head, (opened) => sockets.emit('connection', opened, req))
    },
    async close() {
      for (const socket of sockets.clients) {
        socket.close(closeCodes.goingAway, 'Going away')
        setTimeout(() => socket.terminate(), closingMs).unref()
      }
      await server.dispose()
    },
  }
}

type Enveloped = ExecutionArgs & {
  rootValue: {
    execute: (args: ExecutionArgs) => ReturnType<NonNullable<Parameters<typeof useServer>[0]['execute']>>
    subscribe: (args: ExecutionArgs) => ReturnType<NonNullable<Parameters<typeof useServer>[0]['subscribe']>>
  }
}
