import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, getOperationAST } from 'graphql'
import { type Context, makeServer, type ServerOptions, type SubscribePayload } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { RateLimitedError } from '../services/kernel/errors.ts'
import type { Logger } from '../services/kernel/ports.ts'
import type { RateLimits } from '../services/rateLimit/rateLimits.ts'
import { defaultStallTimeoutMs } from './backlog.ts'
import { type Authenticate, onExpiry } from './caller.ts'
import { closeCodes } from './closeCodes.ts'
import type { ConnectionLimits } from './connectionLimits.ts'
import { createDeadlineError, type Deadlines, defaultDeadlines, withDeadline } from './deadline.ts'
import type { Graphql } from './graphql.ts'
import { isUntrustedOrigin } from './origin.ts'
import { timeoutOf } from './plugins/deadline.ts'
import { toClientError } from './plugins/errors.ts'
import { limits } from './plugins/limits.ts'
import { operationLabelOf } from './plugins/rootFields.ts'
import { authorizationOf, closeCodeOf } from './socketAuthentication.ts'
import { createSocketRefusals } from './socketRefusals.ts'
import { openSocketSession, type SocketSession } from './socketSession.ts'
import { createTaskQueue } from './taskQueue.ts'
import { createSharedFrames } from './textFrame.ts'

interface WebSocketOptions {
  graphql: Graphql
  authenticate: Authenticate
  corsOrigins: readonly string[]
  publicUrl: string
  rateLimits: RateLimits
  connectionLimits: ConnectionLimits
  log: Logger
  deadlines?: Deadlines
  /** Interval of pings; a client that reads and has not answered the last one is disconnected. 12 s by default. */
  keepAliveIntervalMs?: number
  /** How long a client may take to send `connection_init`; 10 s by default. */
  initTimeoutMs?: number
  /** How long buffered messages may make no progress before the client is disconnected; 20 s by default. */
  stallTimeoutMs?: number
  /** How long such a client may take to read the close frame; 60 s by default. Its messages are dropped before. */
  stallGraceMs?: number
  /** How long a client may take to answer a close frame, and mutations to end at shutdown; 5 s by default. */
  closeTimeoutMs?: number
}

export interface GraphqlSockets {
  /** Returns false for pages of other sites, so that they cannot open sockets on behalf of a visitor. */
  accepts(req: IncomingMessage): boolean
  /** Returns false if too many sockets and streams of the client's address are open; else counts this one. */
  admits(req: IncomingMessage): boolean
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): Promise<void>
}

type Run<Name extends 'execute' | 'subscribe'> = NonNullable<ServerOptions[Name]>
type PreparedExecution = ExecutionArgs & { execute: Run<'execute'>; subscribe: Run<'subscribe'> }

const closingMessage = 'The socket is closing. Reconnect and send the operation again.'
const tooManySocketsMessage = 'Too many open sockets and event streams. Close one, then connect again.'
const tooManyOperationsMessage = `At most ${limits.operationsPerSocket} operations may run on one socket. Wait until one ends.`

/** How long an operation waits while others of its socket execute, if it has that much time. */
const maxExecutionWaitMs = 30_000

const executionWait = (args: ExecutionArgs, remainingMs: number) => ({
  waitMs: Math.max(0, Math.min(maxExecutionWaitMs, remainingMs)),
  refuse: () =>
    remainingMs > maxExecutionWaitMs
      ? new RateLimitedError('Too many operations of this socket are running. Try again in 5 s.', 5)
      : createDeadlineError({ operation: operationLabelOf(args.document, args.operationName) }),
})

/** Copies the text, since the library composes it of 20 parts that would stay in memory as long as the id. */
const createRequestId = (): string => Buffer.from(randomUUID()).toString('latin1')

const createInputErrors = (message: string): GraphQLError[] => [
  new GraphQLError(message, { extensions: { code: 'INVALID_INPUT' } }),
]

/** Removes the HTTP status of an error, which has no meaning over WebSocket. */
const withoutStatus = (error: GraphQLError): GraphQLFormattedError => {
  const { http: _, ...extensions } = error.extensions
  return { ...error.toJSON(), extensions }
}

/** Creates GraphQL over WebSocket (graphql-transport-ws), with all the checks of GraphQL over HTTP. */
export const createGraphqlSockets = (options: WebSocketOptions): GraphqlSockets => {
  const { graphql, authenticate, rateLimits, connectionLimits, log } = options
  const {
    deadlines = defaultDeadlines,
    keepAliveIntervalMs = 12_000,
    initTimeoutMs = 10_000,
    stallTimeoutMs = defaultStallTimeoutMs,
    stallGraceMs = 60_000,
    closeTimeoutMs = 5000,
  } = options
  const sessions = new Set<SocketSession>()
  const taskQueue = createTaskQueue()
  const frames = createSharedFrames()
  const refusals = createSocketRefusals({ rateLimits, log })
  let isClosing = false
  const webSocketServer = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    // The session closes the connection sooner. The option is missing in the library's types.
    ...{ closeTimeout: Math.max(stallGraceMs, closeTimeoutMs) },
    handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  })

  const connect = async ({
    connectionParams,
    extra,
  }: Context<Record<string, unknown>, SocketSession>): Promise<boolean> => {
    const { request } = extra
    const authorization = request?.headers.authorization ?? authorizationOf(connectionParams)
    const requestId = createRequestId()
    try {
      const authentication = authenticate(authorization, requestId, request ?? undefined)
      const caller = await withDeadline(authentication, defaultDeadlines.queryMs, { operation: 'authentication' })
      if (!extra.isOpen() || request === null) return false
      const release = connectionLimits.takeUser(caller.actor.userId, request)
      if (release === null) {
        extra.end(closeCodes.tooMany, tooManySocketsMessage)
        return false
      }
      request.socket.once('close', release)
      extra.caller = caller
      extra.request = null
      const endExpired = () => extra.end(closeCodes.tokenExpired, `The ${caller.credential} has expired`)
      extra.onEnd(onExpiry(caller.expiresAt, endExpired))
      extra.onEnd(caller.onRefusal((error) => extra.end(closeCodeOf(error), error.message)))
      return true
    } catch (error) {
      const { message } = toClientError(error, { log, requestId })
      extra.end(closeCodeOf(error), message)
      return false
    }
  }

  /**
   * Checks an operation. Returns what to execute, or the errors that refuse it: the socket and its other streams stay
   * open. Called before the next message is received.
   */
  const prepare = async (
    context: Context<Record<string, unknown>, SocketSession>,
    id: string,
    payload: SubscribePayload,
    requestId: string,
  ): Promise<PreparedExecution | GraphQLError[]> => {
    const { extra } = context
    // Messages still arrive while a socket closes.
    if (extra.caller === undefined || !extra.isOpen()) return createInputErrors(closingMessage)
    // The client would take the result of that operation for the result of this one.
    if (extra.operations.has(id)) return createInputErrors('An operation with this id still runs. Use another id.')
    // Before the document is parsed, so that a flood of operations is refused at little cost.
    if (extra.operations.size >= limits.operationsPerSocket) {
      refusals.countExcess(extra)
      return createInputErrors(tooManyOperationsMessage)
    }
    const operation = {
      isMutation: false,
      completion: extra.pendingMessage.then(() => void extra.operations.delete(id)),
    }
    extra.operations.set(id, operation)
    const { receivedAtMs } = extra
    const messageStart = `{"id":${JSON.stringify(id)},"type":"next","payload":`
    const call = {
      actor: { ...extra.caller.actor, requestId, receivedAtMs },
      requestId,
      receivedAtMs,
      idempotencyKey: payload.extensions?.['idempotencyKey'],
      isAwaited: () => id in context.subscriptions,
      sendShared(json: Buffer) {
        const frame = frames.take(messageStart, json)
        const delivery = extra.sendFrame(frame)
        if (delivery === null) frames.giveBack(frame)
        return delivery
      },
    }
    const toGraphqlError = (error: unknown) => toClientError(error, { log, requestId })
    try {
      const enveloped = graphql.getEnveloped({ call })
      const { schema, execute, subscribe } = enveloped
      const document = enveloped.parse(payload.query)
      const validationErrors: readonly unknown[] = enveloped.validate(schema, document)
      if (validationErrors.length > 0) return validationErrors.map(toGraphqlError)
      const { operationName, variables: variableValues } = payload
      const contextValue = await enveloped.contextFactory()
      // Nothing may be awaited between this check and marking the mutation: the shutdown waits for marked ones only.
      if (isClosing) return createInputErrors(closingMessage)
      operation.isMutation = getOperationAST(document, operationName)?.operation === 'mutation'
      const runInOrder =
        <Arguments extends ExecutionArgs, Result>(run: (args: Arguments) => Result) =>
        async (args: Arguments) => {
          const runIfOpen = async () =>
            isClosing || !extra.isOpen() ? { errors: createInputErrors(closingMessage) } : run(args)
          try {
            const remainingMs = timeoutOf(args, deadlines) - (performance.now() - receivedAtMs)
            return await extra.executions.run(runIfOpen, executionWait(args, remainingMs))
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
        execute: runInOrder(execute),
        subscribe: runInOrder(subscribe),
      }
    } catch (error) {
      return [toGraphqlError(error)]
    }
  }

  const admit: NonNullable<ServerOptions<Record<string, unknown>, SocketSession>['onSubscribe']> = async (
    context,
    id,
    payload,
  ) => {
    const requestId = createRequestId()
    const prepared = await prepare(context, id, payload, requestId)
    // The library keeps the message as long as the operation runs; its text is of no further use.
    Object.assign(payload, { query: '' })
    return Array.isArray(prepared) ? refusals.charge(context.extra, requestId, prepared) : prepared
  }

  const server = makeServer<Record<string, unknown>, SocketSession>({
    connectionInitWaitTimeout: initTimeoutMs,
    execute: (args) => (args as PreparedExecution).execute(args), // as: returned by `prepare`
    subscribe: (args) => (args as PreparedExecution).subscribe(args), // as: returned by `prepare`
    onConnect: connect,
    onSubscribe: admit,
    onError: (_context, _id, _payload, errors) => errors.map(withoutStatus),
    // The extensions of a result are for HTTP only.
    onNext: (_context, _id, _payload, _args, { errors, extensions, ...result }) => ({
      ...result,
      ...(errors && { errors: errors.map(withoutStatus) }),
    }),
  })

  const acceptSocket = (socket: WebSocket, request: IncomingMessage): void => {
    const session = openSocketSession(socket, request, {
      openProtocol: server.opened,
      log,
      taskQueue,
      keepAliveIntervalMs,
      stallTimeoutMs,
      stallGraceMs,
      closeTimeoutMs,
    })
    sessions.add(session)
    // Not at its end: the shutdown also shortens the time that a stalled client has left.
    socket.once('close', () => sessions.delete(session))
  }

  /** Ends a session once its mutations are answered, after `closeTimeoutMs` at the latest. */
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
    admits(req) {
      const release = connectionLimits.takeAddress(req)
      if (release === null) return false
      req.socket.once('close', release)
      return true
    },
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
