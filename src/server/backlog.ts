import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** Maximum size of the messages buffered for a client that does not read. */
const maxBufferedBytes = 16 * 1024 * 1024

/** How long buffered messages may make no progress. */
export const defaultStallTimeoutMs = 20_000

/**
 * Watches the messages buffered for a client. Calls back once, when they become too large or make no progress for
 * `stallTimeoutMs`. The size alone does not detect every client that stopped reading: a subscription waits until each
 * of its messages is sent, so a single subscription never fills the buffer. Returns a function to call after each
 * message.
 */
export const watchBacklog = (
  socket: WebSocket,
  connection: Socket,
  { stallTimeoutMs, onStall }: { stallTimeoutMs: number; onStall: () => void },
): (() => void) => {
  let timer: NodeJS.Timeout | null = null
  let isStalled = false

  const reportStall = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (isStalled || socket.readyState !== socket.OPEN) return
    isStalled = true
    onStall()
  }

  const scheduleCheck = (): void => {
    const previousBytes = countFlushedBytes(connection)
    timer = setTimeout(() => {
      timer = null
      if (socket.bufferedAmount === 0) return
      if (countFlushedBytes(connection) === previousBytes) reportStall()
      else scheduleCheck()
    }, stallTimeoutMs)
    timer.unref()
  }

  return () => {
    if (socket.bufferedAmount > maxBufferedBytes) reportStall()
    else if (timer === null && !isStalled) scheduleCheck()
  }
}

/** Returns the bytes that the operating system has accepted so far. */
const countFlushedBytes = (connection: Socket): number => connection.bytesWritten - connection.writableLength
