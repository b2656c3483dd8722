import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** What may wait for a client that does not read. */
const mostWaitingBytes = 16 * 1024 * 1024

/** How long what waits may stand still. */
export const defaultStallMs = 20_000

/**
 * Watches what waits to be read by a client, and calls back once when too much does, or when it stands still for
 * `stallMs`. Size alone does not find everybody who stopped: a subscription waits for each of its messages to leave, so
 * that one alone never piles up. Returns what to call at each message.
 */
export const watchBacklog = (
  socket: WebSocket,
  connection: Socket,
  { stallMs, onStopped }: { stallMs: number; onStopped: () => void },
): (() => void) => {
  let timer: NodeJS.Timeout | null = null
  let hasStopped = false

  const stop = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (hasStopped || socket.readyState !== socket.OPEN) return
    hasStopped = true
    onStopped()
  }

  const wait = (): void => {
    const before = bytesLeft(connection)
    timer = setTimeout(() => {
      timer = null
      if (socket.bufferedAmount === 0) return
      if (bytesLeft(connection) === before) stop()
      else wait()
    }, stallMs)
    timer.unref()
  }

  return () => {
    if (socket.bufferedAmount > mostWaitingBytes) stop()
    else if (timer === null && !hasStopped) wait()
  }
}

/** What the system has taken over so far. */
const bytesLeft = (connection: Socket): number => connection.bytesWritten - connection.writableLength
