import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, getOperationAST } from 'graphql'
import { CloseCode, type Context, makeServer, type ServerOptions, type SubscribePayload } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { UnauthenticatedError } from '../services/kernel/errors.ts'
import type { Log } from '../services/kernel/ports.ts'
import { defaultStallMs, watchBacklog } from './backlog.ts'
import { type Caller, onExpiry, type Recognise } from './caller.ts'
import type { Graphql } from './graphql.ts'
import { isForeign } from './origin.ts'
import { presentError } from './plugins/errors.ts'
import { limits } from './plugins/limits.ts'

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

interface WebSocketOptions {
  graphql: Graphql
  recognise: Recognise
  corsOrigins: readonly string[]
  publicUrl: string
  log: Log
  /** How often a ping is sent; a client that has not answered the last one is cut off. */
  keepAliveMs?: number
  /** How long a client may take to say who it is. */
  initMs?: number
  /** How long what waits for a client may stand still before it is cut off; 20 s. */
  stallMs?: number
  /** How long a client may take to answer a close. */
  closingMs?: number
}

export interface GraphqlSockets {
  /** Pages of other sites cannot open sockets in a visitor's name. */
  accepts(req: IncomingMessage): boolean
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): Promise<void>
}

interface Operation {
  isChange: boolean
  ended: Promise<void>
}

/** One socket, as the protocol and its guards see it. */
interface Session extends Record<PropertyKey, unknown> {
  request: IncomingMessage
  caller?: Caller
  isOpen(): boolean
  /** Settles once the message that came last is dealt with, and the operation that it asks for has ended. */
  handled: Promise<void>
  /** What runs, by its id: also what the client has stopped, until it has ended. */
  running: Map<string, Operation>
  /** Stops every operation at once, and the socket as soon as the client answers. */
  end(code: number, reason: string): void
  onEnd(call: () => void): void
}

type Run<Name extends 'execute' | 'subscribe'> = NonNullable<ServerOptions[Name]>
type Prepared = ExecutionArgs & { execute: Run<'execute'>; subscribe: Run<'subscribe'> }

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const invalid = (message: string): GraphQLError[] => [
  new GraphQLError(message, { extensions: { code: 'INVALID_INPUT' } }),
]

/** HTTP's status of an error has no meaning here. */
const withoutStatus = (error: GraphQLError): GraphQLFormattedError => {
  const { http: _, ...extensions } = error.extensions
  return { ...error.toJSON(), extensions }
}

/** GraphQL over WebSocket (graphql-transport-ws), with every guard that HTTP has. */
export const createGraphqlSockets = (options: WebSocketOptions): GraphqlSockets => {
  const { graphql, recognise, log } = options
  const { keepAliveMs = 12_000, initMs = 10_000, stallMs = defaultStallMs, closingMs = 5000 } = options
  const sessions = new Set<Session>()
  let isClosing = false
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  })

  const connect = async ({ connectionParams, extra }: Context<Record<string, unknown>, Session>): Promise<boolean> => {
    const authorization =
      text(connectionParams?.['authorization']) ??
      text(connectionParams?.['Authorization']) ??
      extra.request.headers.authorization
    const requestId = randomUUID()
    try {
      const caller = await recognise(authorization, requestId)
      if (!extra.isOpen()) return false
      extra.caller = caller
      extra.onEnd(onExpiry(caller.expiresAt, () => extra.end(closeCodes.unauthenticated, 'The token has expired')))
      return true
    } catch (error) {
      const { message } = presentError(error, { log, requestId })
      const isTheirs = error instanceof UnauthenticatedError
      extra.end(isTheirs ? closeCodes.unauthenticated : closeCodes.tryAgainLater, message)
      return false
    }
  }

  /**
   * What the guards leave of an operation: ready to run, or why not. The socket and its other streams stay. Called before
   * another message comes.
   */
  const prepare = async (
    context: Context<Record<string, unknown>, Session>,
    id: string,
    payload: SubscribePayload,
  ): Promise<Prepared | GraphQLError[]> => {
    const { extra } = context
    // Messages still arrive while a socket closes.
    if (extra.caller === undefined || !extra.isOpen()) return invalid('The socket closes.')
    // Its answer would pass for that of this operation.
    if (extra.running.has(id)) return invalid('An operation that was sent under this id still runs.')
    if (extra.running.size >= limits.operationsPerSocket)
      return invalid(`At most ${limits.operationsPerSocket} operations run on one socket.`)
    const operation = { isChange: false, ended: extra.handled.then(() => void extra.running.delete(id)) }
    extra.running.set(id, operation)
    const requestId = randomUUID()
    const call = {
      actor: { ...extra.caller.actor, requestId },
      requestId,
      idempotencyKey: payload.extensions?.['idempotencyKey'],
      isAwaited: () => id in context.subscriptions,
    }
    const present = (error: unknown) => presentError(error, { log, requestId })
    try {
      const enveloped = graphql.getEnveloped({ req: extra.request, params: payload, call })
      const { schema, execute, subscribe } = enveloped
      const document = enveloped.parse(payload.query)
      const faults: readonly unknown[] = enveloped.validate(schema, document)
      if (faults.length > 0) return faults.map(present)
      const { operationName, variables: variableValues } = payload
      const contextValue = await enveloped.contextFactory()
      // Nothing is awaited between this and the note below: the close waits for what is noted.
      if (isClosing) return invalid('The socket closes.')
      operation.isChange = getOperationAST(document, operationName)?.operation === 'mutation'
      const caught =
        <Arguments extends ExecutionArgs, Result>(run: (args: Arguments) => Result) =>
        async (args: Arguments) => {
          try {
            return await run(args)
          } catch (error) {
            return { errors: [present(error)] }
          }
        }
      return {
        schema,
        document,
        operationName,
        variableValues,
        contextValue,
        execute: caught(execute),
        subscribe: caught(subscribe),
      }
    } catch (error) {
      return [present(error)]
    }
  }

  const server = makeServer<Record<string, unknown>, Session>({
    connectionInitWaitTimeout: initMs,
    execute: (args) => (args as Prepared).execute(args), // made by `prepare`
    subscribe: (args) => (args as Prepared).subscribe(args), // made by `prepare`
    onConnect: connect,
    onSubscribe: prepare,
    onError: (_context, _id, _payload, errors) => errors.map(withoutStatus),
    // A result's own extensions are for HTTP alone.
    onNext: (_context, _id, _payload, _args, { errors, extensions, ...result }) => ({
      ...result,
      ...(errors && { errors: errors.map(withoutStatus) }),
    }),
  })

  const open = (socket: WebSocket, request: IncomingMessage): void => {
    const enders: (() => void)[] = []
    const session: Session = {
      request,
      handled: Promise.resolve(),
      running: new Map(),
      isOpen: () => socket.readyState === socket.OPEN,
      end(code, reason) {
        socket.close(code, reason.slice(0, 120)) // a close frame holds no more
        release(code, reason)
        // The close itself waits behind what is not read.
        const patience = setTimeout(() => socket.terminate(), closingMs)
        socket.once('close', () => clearTimeout(patience))
      },
      onEnd: (call) => void enders.push(call),
    }
    const onMessage = watchBacklog(socket, request.socket, {
      stallMs,
      onStopped() {
        log.warn({}, 'A client over WebSocket stopped reading.')
        session.end(closeCodes.tooSlow, 'Stopped reading')
      },
    })

    const send = (message: string): Promise<void> =>
      new Promise((resolve) => {
        if (!session.isOpen()) return resolve()
        // Called early with an error when the socket breaks; its close tells the rest.
        socket.send(message, () => resolve())
        onMessage()
      })

    const closed = server.opened(
      {
        protocol: socket.protocol,
        send,
        close: (code, reason) => socket.close(code, reason),
        onMessage(handle) {
          socket.on('message', (data) => {
            const { promise, resolve } = Promise.withResolvers<void>()
            session.handled = promise
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
    let released = false
    const release = (code: number, reason: string): void => {
      if (released) return
      released = true
      sessions.delete(session)
      for (const end of enders) end()
      closed(code, reason).catch((error: unknown) => log.error({ err: error }, 'A socket did not close in order.'))
    }

    let answered = true
    const pings = setInterval(() => {
      if (!answered) return socket.terminate()
      answered = false
      socket.ping()
    }, keepAliveMs)
    socket.on('pong', () => {
      answered = true
    })
    // Answered by the library, whether or not the client reads that.
    socket.on('ping', onMessage)
    // A broken frame or one that is too large: the library closes the socket with the code for it.
    socket.on('error', (error) => log.debug({ err: error }, 'A socket broke the protocol.'))
    socket.once('close', (code, reason) => {
      clearInterval(pings)
      release(code, String(reason))
    })
    sessions.add(session)
  }

  /** Once what it changes is answered, within the time that a close may take. */
  const goAway = async ({ running, end }: Session): Promise<void> => {
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, closingMs)
    const changes = [...running.values()].filter(({ isChange }) => isChange)
    await Promise.race([Promise.all(changes.map(({ ended }) => ended)), patience.promise])
    clearTimeout(timer)
    end(closeCodes.goingAway, 'Going away')
  }

  return {
    accepts: (req) => !isForeign(req, options),
    upgrade(req, socket, head) {
      sockets.handleUpgrade(req, socket, head, (opened) => open(opened, req))
    },
    async close() {
      isClosing = true
      await Promise.all([...sessions].map(goAway))
      await new Promise((resolve) => sockets.close(resolve))
    },
  }
}
