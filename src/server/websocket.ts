import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, getOperationAST } from 'graphql'
import { CloseCode, type Context, makeServer, type ServerOptions, type SubscribePayload } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { UnauthenticatedError } from '../services/kernel/errors.ts'
import type { Logger } from '../services/kernel/ports.ts'
import { defaultStallTimeoutMs, watchBacklog } from './backlog.ts'
import { type Authenticate, type Caller, onExpiry } from './caller.ts'
import { closeCodes } from './closeCodes.ts'
import type { Graphql } from './graphql.ts'
import { isUntrustedOrigin } from './origin.ts'
import { toClientError } from './plugins/errors.ts'
import { limits } from './plugins/limits.ts'

interface WebSocketOptions {
  graphql: Graphql
  authenticate: Authenticate
  corsOrigins: readonly string[]
  publicUrl: string
  log: Logger
  /** How often a ping is sent; a client that has not answered the last one is cut off. */
  keepAliveIntervalMs?: number
  /** How long a client may take to say who it is. */
  initTimeoutMs?: number
  /** How long what waits for a client may stand still before it is cut off; 20 s. */
  stallTimeoutMs?: number
  /** How long a client may take to answer a close. */
  closeTimeoutMs?: number
}

export interface GraphqlSockets {
  /** Pages of other sites cannot open sockets in a visitor's name. */
  accepts(req: IncomingMessage): boolean
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): Promise<void>
}

interface RunningOperation {
  isMutation: boolean
  completion: Promise<void>
}

/** One socket, as the protocol and its guards see it. */
interface SocketSession extends Record<PropertyKey, unknown> {
  request: IncomingMessage
  caller?: Caller
  isOpen(): boolean
  /** Settles once the message that came last is dealt with, and the operation that it asks for has ended. */
  pendingMessage: Promise<void>
  /** What runs, by its id: also what the client has stopped, until it has ended. */
  operations: Map<string, RunningOperation>
  /** Stops every operation at once, and the socket as soon as the client answers. */
  end(code: number, reason: string): void
  onEnd(call: () => void): void
}

type Run<Name extends 'execute' | 'subscribe'> = NonNullable<ServerOptions[Name]>
type PreparedExecution = ExecutionArgs & { execute: Run<'execute'>; subscribe: Run<'subscribe'> }

const asString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const createInputErrors = (message: string): GraphQLError[] => [
  new GraphQLError(message, { extensions: { code: 'INVALID_INPUT' } }),
]

/** HTTP's status of an error has no meaning here. */
const withoutStatus = (error: GraphQLError): GraphQLFormattedError => {
  const { http: _, ...extensions } = error.extensions
  return { ...error.toJSON(), extensions }
}

/** GraphQL over WebSocket (graphql-transport-ws), with every guard that HTTP has. */
export const createGraphqlSockets = (options: WebSocketOptions): GraphqlSockets => {
  const { graphql, authenticate, log } = options
  const {
    keepAliveIntervalMs = 12_000,
    initTimeoutMs = 10_000,
    stallTimeoutMs = defaultStallTimeoutMs,
    closeTimeoutMs = 5000,
  } = options
  const sessions = new Set<SocketSession>()
  let isClosing = false
  const webSocketServer = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  })

  const connect = async ({
    connectionParams,
    extra,
  }: Context<Record<string, unknown>, SocketSession>): Promise<boolean> => {
    const authorization =
      asString(connectionParams?.['authorization']) ??
      asString(connectionParams?.['Authorization']) ??
      extra.request.headers.authorization
    const requestId = randomUUID()
    try {
      const caller = await authenticate(authorization, requestId)
      if (!extra.isOpen()) return false
      extra.caller = caller
      extra.onEnd(onExpiry(caller.expiresAt, () => extra.end(closeCodes.unauthenticated, 'The token has expired')))
      return true
    } catch (error) {
      const { message } = toClientError(error, { log, requestId })
      const isClientFault = error instanceof UnauthenticatedError
      extra.end(isClientFault ? closeCodes.unauthenticated : closeCodes.tryAgainLater, message)
      return false
    }
  }

  /**
   * What the guards leave of an operation: ready to run, or why not. The socket and its other streams stay. Called before
   * another message comes.
   */
  const prepare = async (
    context: Context<Record<string, unknown>, SocketSession>,
    id: string,
    payload: SubscribePayload,
  ): Promise<PreparedExecution | GraphQLError[]> => {
    const { extra } = context
    // Messages still arrive while a socket closes.
    if (extra.caller === undefined || !extra.isOpen()) return createInputErrors('The socket closes.')
    // Its answer would pass for that of this operation.
    if (extra.operations.has(id)) return createInputErrors('An operation that was sent under this id still runs.')
    if (extra.operations.size >= limits.operationsPerSocket)
      return createInputErrors(`At most ${limits.operationsPerSocket} operations run on one socket.`)
    const operation = {
      isMutation: false,
      completion: extra.pendingMessage.then(() => void extra.operations.delete(id)),
    }
    extra.operations.set(id, operation)
    const requestId = randomUUID()
    const call = {
      actor: { ...extra.caller.actor, requestId },
      requestId,
      idempotencyKey: payload.extensions?.['idempotencyKey'],
      isAwaited: () => id in context.subscriptions,
    }
    const toGraphqlError = (error: unknown) => toClientError(error, { log, requestId })
    try {
      const enveloped = graphql.getEnveloped({ req: extra.request, params: payload, call })
      const { schema, execute, subscribe } = enveloped
      const document = enveloped.parse(payload.query)
      const validationErrors: readonly unknown[] = enveloped.validate(schema, document)
      if (validationErrors.length > 0) return validationErrors.map(toGraphqlError)
      const { operationName, variables: variableValues } = payload
      const contextValue = await enveloped.contextFactory()
      // Nothing is awaited between this and the note below: the close waits for what is noted.
      if (isClosing) return createInputErrors('The socket closes.')
      operation.isMutation = getOperationAST(document, operationName)?.operation === 'mutation'
      const catchErrors =
        <Arguments extends ExecutionArgs, Result>(run: (args: Arguments) => Result) =>
        async (args: Arguments) => {
          try {
            return await run(args)
          } catch (error) {
            return { errors: [toGraphqlError(error)] }
          }
        }
      return {
        schema,
        document,
        operationName,
        variableValues,
        contextValue,
        execute: catchErrors(execute),
        subscribe: catchErrors(subscribe),
      }
    } catch (error) {
      return [toGraphqlError(error)]
    }
  }

  const server = makeServer<Record<string, unknown>, SocketSession>({
    connectionInitWaitTimeout: initTimeoutMs,
    execute: (args) => (args as PreparedExecution).execute(args), // made by `prepare`
    subscribe: (args) => (args as PreparedExecution).subscribe(args), // made by `prepare`
    onConnect: connect,
    onSubscribe: prepare,
    onError: (_context, _id, _payload, errors) => errors.map(withoutStatus),
    // A result's own extensions are for HTTP alone.
    onNext: (_context, _id, _payload, _args, { errors, extensions, ...result }) => ({
      ...result,
      ...(errors && { errors: errors.map(withoutStatus) }),
    }),
  })

  const acceptSocket = (socket: WebSocket, request: IncomingMessage): void => {
    const endCallbacks: (() => void)[] = []
    const session: SocketSession = {
      request,
      pendingMessage: Promise.resolve(),
      operations: new Map(),
      isOpen: () => socket.readyState === socket.OPEN,
      end(code, reason) {
        socket.close(code, reason.slice(0, 120)) // a close frame holds no more
        release(code, reason)
        // The close itself waits behind what is not read.
        const timeout = setTimeout(() => socket.terminate(), closeTimeoutMs)
        socket.once('close', () => clearTimeout(timeout))
      },
      onEnd: (call) => void endCallbacks.push(call),
    }
    const checkBacklog = watchBacklog(socket, request.socket, {
      stallTimeoutMs,
      onStall() {
        log.warn({}, 'A client over WebSocket stopped reading.')
        session.end(closeCodes.tooSlow, 'Stopped reading')
      },
    })

    const send = (message: string): Promise<void> =>
      new Promise((resolve) => {
        if (!session.isOpen()) return resolve()
        // Called early with an error when the socket breaks; its close tells the rest.
        socket.send(message, () => resolve())
        checkBacklog()
      })

    const closed = server.opened(
      {
        protocol: socket.protocol,
        send,
        close: (code, reason) => socket.close(code, reason),
        onMessage(handle) {
          socket.on('message', (data) => {
            const { promise, resolve } = Promise.withResolvers<void>()
            session.pendingMessage = promise
            handle(String(data))
              .catch((error: unknown) => {
                log.error({ err: error }, 'A message over WebSocket failed.')
                session.end(CloseCode.InternalServerError, 'Internal server error')
              })
              .finally(resolve)
          })
        },
      },
      session,
    )
    let isReleased = false
    const release = (code: number, reason: string): void => {
      if (isReleased) return
      isReleased = true
      sessions.delete(session)
      for (const end of endCallbacks) end()
      closed(code, reason).catch((error: unknown) => log.error({ err: error }, 'A socket did not close in order.'))
    }

    let hasReceivedPong = true
    const pingTimer = setInterval(() => {
      if (!hasReceivedPong) return socket.terminate()
      hasReceivedPong = false
      socket.ping()
    }, keepAliveIntervalMs)
    socket.on('pong', () => {
      hasReceivedPong = true
    })
    // Answered by the library, whether or not the client reads that.
    socket.on('ping', checkBacklog)
    // A broken frame or one that is too large: the library closes the socket with the code for it.
    socket.on('error', (error) => log.debug({ err: error }, 'A socket broke the protocol.'))
    socket.once('close', (code, reason) => {
      clearInterval(pingTimer)
      release(code, String(reason))
    })
    sessions.add(session)
  }

  /** Once what it changes is answered, within the time that a close may take. */
  const closeSession = async ({ operations, end }: SocketSession): Promise<void> => {
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, closeTimeoutMs)
    const mutations = [...operations.values()].filter(({ isMutation }) => isMutation)
    await Promise.race([Promise.all(mutations.map(({ completion }) => completion)), timeout.promise])
    clearTimeout(timer)
    end(closeCodes.goingAway, 'Going away')
  }

  return {
    accepts: (req) => !isUntrustedOrigin(req, options),
    upgrade(req, socket, head) {
      webSocketServer.handleUpgrade(req, socket, head, (webSocket) => acceptSocket(webSocket, req))
    },
    async close() {
      isClosing = true
      await Promise.all([...sessions].map(closeSession))
      await new Promise((resolve) => webSocketServer.close(resolve))
    },
  }
}
