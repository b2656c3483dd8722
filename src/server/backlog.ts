import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** What may wait for a client that does not read. */
const maxBufferedBytes = 16 * 1024 * 1024

/** How long what waits may stand still. */
export const defaultStallTimeoutMs = 20_000

/**
 * Watches what waits to be read by a client, and calls back once when too much does, or when it stands still for
 * `stallMs`. Size alone does not find everybody who stopped: a subscription waits for each of its messages to leave, so
 * that one alone never piles up. Returns what to call at each message.
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

/** What the system has taken over so far. */
const countFlushedBytes = (connection: Socket): number => connection.bytesWritten - connection.writableLength
