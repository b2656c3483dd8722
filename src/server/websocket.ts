import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
} from 'graphql'
import { type Extra, useServer } from 'graphql-ws/use/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { UnauthenticatedError } from '../services/errors.ts'
import type { Log } from '../services/ports.ts'
import { defaultStallMs, watchBacklog } from './backlog.ts'
import { type Caller, onExpiry, type Recognise } from './caller.ts'
import type { Graphql } from './graphql.ts'
import { presentError } from './guards/errors.ts'
import { limits } from './guards/limits.ts'

/** Why the server closes a socket, beside what the graphql-transport-ws protocol defines. */
export const closeCodes = {
  /** The server goes down; connect again. */
  goingAway: 1001,
  /** Who calls could not be found out, for a reason on our side; connect again later. */
  tryAgainLater: 1013,
  /** No token, or one that is forged, malformed or expired. */
  unauthenticated: 4401,
  /** The client has stopped reading; what it missed is shown when it subscribes again. The protocol has 4408 and 4429. */
  tooSlow: 4413,
} as const

/** How long a client may take to answer a close before its connection is cut. */
const closingMs = 5000

interface WebSocketOptions {
  graphql: Graphql
  recognise: Recognise
  corsOrigins: readonly string[]
  publicUrl: string
  log: Log
  keepAliveMs?: number
  /** How long what waits for a client may stand still before it is cut off; 20 s. */
  stallMs?: number
}

export interface GraphqlSockets {
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): Promise<void>
}

interface Session extends Record<PropertyKey, unknown> {
  /** Absent until somebody is known, and again when their token has expired. */
  caller?: Caller
  onMessage?: () => void
}

type Results = AsyncIterableIterator<ExecutionResult> | ExecutionResult
type Run = (args: ExecutionArgs) => Promise<Results>

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Answers an upgrade that does not happen, and lets the connection go whatever the other side does. */
export const refuseUpgrade = (socket: Duplex, status: string): void => {
  // Nobody else listens: without this a connection that breaks here would end the process.
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

const shut = (socket: WebSocket, code: number, reason: string): void => {
  socket.close(code, reason.slice(0, 120)) // a close frame holds no more
  const timer = setTimeout(() => socket.terminate(), closingMs)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}

/** HTTP's status of an error has no meaning here. */
const withoutStatus = (error: GraphQLError): GraphQLFormattedError => {
  const { http: _, ...extensions } = error.extensions
  return { ...error.toJSON(), extensions }
}

/** GraphQL over WebSocket (graphql-transport-ws), with every guard that HTTP has. */
export const createGraphqlSockets = (options: WebSocketOptions): GraphqlSockets => {
  const { graphql, recognise, log } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.bodyBytes })

  /** Pages of other sites cannot open sockets in a visitor's name; programs send no origin. */
  const mayConnect = ({ headers: { origin, host } }: IncomingMessage): boolean =>
    origin === undefined ||
    options.corsOrigins.includes(origin) ||
    origin === new URL(options.publicUrl).origin ||
    URL.parse(origin)?.host === host

  const connect = async (authorization: string | undefined, extra: Extra & Partial<Session>): Promise<boolean> => {
    const { socket, request } = extra
    const requestId = randomUUID()
    try {
      const caller = await recognise(authorization, requestId)
      extra.caller = caller
      const stop = onExpiry(caller.expiresAt, () => {
        // Messages still arrive while a socket closes.
        extra.caller = undefined
        shut(socket, closeCodes.unauthenticated, 'The token has expired')
      })
      socket.once('close', stop)
      const onStopped = () => shut(socket, closeCodes.tooSlow, 'Stopped reading')
      extra.onMessage = watchBacklog(socket, request.socket, { stallMs: options.stallMs ?? defaultStallMs, onStopped })
      return true
    } catch (error) {
      const { message } = presentError(error, { log, requestId })
      const known = error instanceof UnauthenticatedError
      shut(socket, known ? closeCodes.unauthenticated : closeCodes.tryAgainLater, message)
      return false
    }
  }

  /** Parses, validates and runs as HTTP does; whatever goes wrong concerns this operation and not its socket. */
  const server = useServer<Record<string, unknown>, Session>(
    {
      connectionInitWaitTimeout: 10_000,
      execute: (args) => (args as Prepared).rootValue(args), // made by onSubscribe below
      subscribe: (args) => (args as Prepared).rootValue(args), // made by onSubscribe below

      onConnect: ({ connectionParams, extra }) =>
        connect(
          text(connectionParams?.authorization) ??
            text(connectionParams?.Authorization) ??
            extra.request.headers.authorization,
          extra,
        ),

      async onSubscribe({ extra }, _id, payload) {
        const requestId = randomUUID()
        const present = (error: unknown): GraphQLError => presentError(error, { log, requestId })
        try {
          if (extra.caller === undefined) throw new UnauthenticatedError('The token has expired.')
          const call = { actor: { ...extra.caller.actor, requestId }, requestId }
          const prepared = graphql.getEnveloped({ req: extra.request, params: payload, call })
          const { schema, parse, validate, contextFactory } = prepared
          const document = parse(payload.query)
          const faults = validate(schema, document)
          if (faults.length > 0) return faults
          const contextValue = await contextFactory()
          const isFollowed = getOperationAST(document, payload.operationName)?.operation === 'subscription'
          const run: Run = isFollowed ? prepared.subscribe : prepared.execute
          return {
            schema,
            document,
            operationName: payload.operationName,
            variableValues: payload.variables,
            contextValue,
            rootValue: (args: ExecutionArgs) =>
              Promise.resolve({ ...args, rootValue: undefined })
                .then(run)
                .catch((error: unknown) => ({ errors: [present(error)] })),
          }
        } catch (error) {
          return [present(error)]
        }
      },

      onError: (_context, _id, _payload, errors) => errors.map(withoutStatus),
      onNext({ extra }, _id, _payload, _args, result) {
        extra.onMessage?.()
        return result.errors && { ...result, errors: result.errors.map(withoutStatus) }
      },
    },
    sockets,
    options.keepAliveMs,
  )

  return {
    upgrade(req, socket, head) {
      if (mayConnect(req)) sockets.handleUpgrade(req, socket, head, (opened) => sockets.emit('connection', opened, req))
      else refuseUpgrade(socket, '403 Forbidden')
    },
    async close() {
      for (const socket of sockets.clients) shut(socket, closeCodes.goingAway, 'Going away')
      await server.dispose()
    },
  }
}

type Prepared = ExecutionArgs & { rootValue: Run }
