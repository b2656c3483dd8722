import type { IncomingMessage } from 'node:http'
import { CloseCode, type Server } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Logger } from '../services/kernel/ports.ts'
import { watchBacklog } from './backlog.ts'
import type { Caller } from './caller.ts'
import { closeCodes } from './closeCodes.ts'

interface RunningOperation {
  isMutation: boolean
  completion: Promise<void>
}

/** State of one socket, for the protocol and the checks of its operations. */
export interface SocketSession extends Record<PropertyKey, unknown> {
  request: IncomingMessage
  caller?: Caller
  isOpen(): boolean
  /** Settles once the latest message has been handled and the operation that it starts has ended. */
  pendingMessage: Promise<void>
  /** Running operations by id. Includes those that the client has stopped, until they have ended. */
  operations: Map<string, RunningOperation>
  /** Stops every operation at once, and closes the socket as soon as the client answers the close frame. */
  end(code: number, reason: string): void
  /** Registers a function to call when the session ends. */
  onEnd(call: () => void): void
}

interface SocketSessionOptions {
  /** Starts the protocol on a socket; returns a function that ends it. */
  openProtocol: Server<SocketSession>['opened']
  log: Logger
  keepAliveIntervalMs: number
  stallTimeoutMs: number
  closeTimeoutMs: number
}

/** Pings the client at an interval; disconnects it if it has not answered the last ping. */
const keepAlive = (socket: WebSocket, intervalMs: number): void => {
  let hasReceivedPong = true
  const pingTimer = setInterval(() => {
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
  { openProtocol, log, keepAliveIntervalMs, stallTimeoutMs, closeTimeoutMs }: SocketSessionOptions,
): SocketSession => {
  const endCallbacks: (() => void)[] = []
  const session: SocketSession = {
    request,
    pendingMessage: Promise.resolve(),
    operations: new Map(),
    isOpen: () => socket.readyState === socket.OPEN,
    end(code, reason) {
      socket.close(code, reason.slice(0, 120)) // the reason in a close frame has at most 123 bytes
      release(code, reason)
      // The close frame waits behind everything that the client has not read.
      const timeout = setTimeout(() => socket.terminate(), closeTimeoutMs)
      socket.once('close', () => clearTimeout(timeout))
    },
    onEnd: (call) => void endCallbacks.push(call),
  }
  const checkBacklog = watchBacklog(socket, request.socket, {
    stallTimeoutMs,
    onStall() {
      log.warn({}, 'Disconnected a WebSocket client that stopped reading.')
      session.end(closeCodes.tooSlow, 'Stopped reading')
    },
  })

  const send = (message: string): Promise<void> =>
    new Promise((resolve) => {
      if (!session.isOpen()) return resolve()
      // If the socket breaks, the callback gets an error early; the close event handles that.
      socket.send(message, () => resolve())
      checkBacklog()
    })

  const closeProtocol = openProtocol(
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
              log.error({ err: error }, 'Failed to handle a WebSocket message; closed the socket.')
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
    for (const call of endCallbacks) call()
    closeProtocol(code, reason).catch((error: unknown) =>
      log.error({ err: error }, 'Failed to end the operations of a closed WebSocket.'),
    )
  }

  keepAlive(socket, keepAliveIntervalMs)
  // The library answers every ping, whether or not the client reads the answers.
  socket.on('ping', checkBacklog)
  // After an invalid or oversized frame, the library closes the socket with the matching code.
  socket.on('error', (error) => log.debug({ err: error }, 'Received an invalid WebSocket frame; the socket closes.'))
  socket.once('close', (code, reason) => release(code, String(reason)))
  return session
}
