import type { IncomingMessage } from 'node:http'
import { CloseCode, type Server } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Logger } from '../services/kernel/ports.ts'
import { createSemaphore, type Semaphore } from '../services/locking/semaphore.ts'
import { type Backlog, openBacklog } from './backlog.ts'
import type { Caller } from './caller.ts'
import { closeCodes } from './closeCodes.ts'
import { openInbox } from './inbox.ts'
import { limits } from './plugins/limits.ts'
import type { TaskQueue } from './taskQueue.ts'

interface RunningOperation {
  isMutation: boolean
  completion: Promise<void>
}

/** State of one socket, for the protocol and the checks of its operations. */
export interface SocketSession extends Record<PropertyKey, unknown> {
  /** Until the client is authenticated: an idle socket should take little memory. */
  request: IncomingMessage | null
  caller?: Caller
  isOpen(): boolean
  sendFrame: Backlog['sendFrame']
  /** Settles once the latest message has been handled and the operation that it starts has ended. */
  pendingMessage: Promise<void>
  /** Arrival of the latest message, by `performance.now()`. */
  receivedAtMs: number
  /** Running operations by id. Includes those that the client has stopped, until they have ended. */
  operations: Map<string, RunningOperation>
  /** Admits operations to execution, so that one socket does not occupy what all share, such as the database pool. */
  executions: Semaphore
  /** Operations refused as too many in the current minute. */
  refusals: { count: number; windowStartMs: number }
  /** Stops every operation at once, and closes the socket as soon as the client answers the close frame. */
  end(code: number, reason: string): void
  /** Registers a function to call when the session ends. */
  onEnd(call: () => void): void
}

interface SocketSessionOptions {
  /** Starts the protocol on a socket; returns a function that ends it. */
  openProtocol: Server<SocketSession>['opened']
  log: Logger
  taskQueue: TaskQueue
  keepAliveIntervalMs: number
  stallTimeoutMs: number
  stallGraceMs: number
  closeTimeoutMs: number
}

interface KeepAliveOptions {
  intervalMs: number
  backlog: Backlog
  /** Whether the server itself does not read at present. */
  isPaused(): boolean
}

/**
 * Pings the client at an interval; disconnects it if it has not answered the last ping. While messages wait for the
 * client, the ping may wait behind them: then the backlog decides, and after it the client has a whole interval again.
 */
const keepAlive = (socket: WebSocket, { intervalMs, backlog, isPaused }: KeepAliveOptions): void => {
  let hasReceivedPong = true
  const pingTimer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return
    if (backlog.isWaiting() || isPaused()) {
      hasReceivedPong = true
      return backlog.watch()
    }
    if (!hasReceivedPong) return socket.terminate()
    hasReceivedPong = false
    socket.ping()
  }, intervalMs)
  socket.on('pong', () => {
    hasReceivedPong = true
  })
  socket.once('close', () => clearInterval(pingTimer))
}

/** Runs the protocol on an accepted socket until it closes. */
export const openSocketSession = (
  socket: WebSocket,
  request: IncomingMessage,
  options: SocketSessionOptions,
): SocketSession => {
  const { log, closeTimeoutMs } = options
  const endCallbacks: (() => void)[] = []
  let endTimer: NodeJS.Timeout | undefined

  /** Closes the socket after all messages that were sent before. */
  const close = (code: number, reason: string): void => {
    backlog.flush()
    socket.close(code, reason)
    inbox.drop()
  }
  /** Ends the session. The client has `timeoutMs` to answer the close frame; a later call replaces that time. */
  const end = (code: number, reason: string, timeoutMs: number): void => {
    close(code, reason.slice(0, 120)) // the reason in a close frame has at most 123 bytes
    release(code, reason)
    clearTimeout(endTimer)
    endTimer = setTimeout(() => socket.terminate(), timeoutMs)
  }
  const backlog = openBacklog(socket, request.socket, {
    stallTimeoutMs: options.stallTimeoutMs,
    onStall() {
      log.warn({}, 'Disconnected a WebSocket client that stopped reading.')
      // The client misses these events in any case. Without them, the close frame is next when it reads again.
      backlog.drop()
      end(closeCodes.tooSlow, 'Stopped reading', options.stallGraceMs)
    },
  })
  const session: SocketSession = {
    request,
    pendingMessage: Promise.resolve(),
    receivedAtMs: performance.now(),
    operations: new Map(),
    executions: createSemaphore(limits.executionsPerSocket),
    refusals: { count: 0, windowStartMs: 0 },
    isOpen: () => socket.readyState === socket.OPEN,
    sendFrame: backlog.sendFrame,
    end: (code, reason) => end(code, reason, closeTimeoutMs),
    onEnd: (call) => void endCallbacks.push(call),
  }

  let handleMessage = (_message: string): Promise<void> => Promise.resolve()
  const inbox = openInbox(socket, options.taskQueue, (message, receivedAtMs) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    session.pendingMessage = promise
    session.receivedAtMs = receivedAtMs
    handleMessage(message)
      .catch((error: unknown) => {
        log.error({ err: error }, 'Failed to handle a WebSocket message; closed the socket.')
        session.end(CloseCode.InternalServerError, 'Internal server error')
      })
      .finally(resolve)
  })
  const closeProtocol = options.openProtocol(
    {
      protocol: socket.protocol,
      send: (text) => backlog.send(text) ?? undefined,
      close,
      onMessage(handle) {
        handleMessage = handle
      },
    },
    session,
  )
  let isReleased = false
  const release = (code: number, reason: string): void => {
    if (isReleased) return
    isReleased = true
    for (const call of endCallbacks) call()
    closeProtocol(code, reason).catch((error: unknown) =>
      log.error({ err: error }, 'Failed to end the operations of a closed WebSocket.'),
    )
  }

  keepAlive(socket, { intervalMs: options.keepAliveIntervalMs, backlog, isPaused: inbox.isFull })
  // The library answers every ping, whether or not the client reads the answers.
  socket.on('ping', backlog.watch)
  // After an invalid or oversized frame, the library closes the socket with the matching code.
  socket.on('error', (error) => log.debug({ err: error }, 'Received an invalid WebSocket frame; the socket closes.'))
  socket.once('close', (code, reason) => {
    clearTimeout(endTimer)
    release(code, String(reason))
  })
  return session
}
