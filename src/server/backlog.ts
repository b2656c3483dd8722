import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { createTextFrame } from './textFrame.ts'

/** Maximum size of the messages that wait for a client that does not read. */
const maxWaitingBytes = 16 * 1024 * 1024

/** Bytes that are handed to the connection in advance. They can no longer be dropped, so a close frame waits behind them. */
const maxWrittenBytes = 256 * 1024

/** How long waiting messages may make no progress. */
export const defaultStallTimeoutMs = 20_000

interface WaitingFrame {
  frame: Buffer
  /** Settles the promise of `send`. */
  resolve: () => void
}

export interface Backlog {
  /**
   * Sends the message that consists of these parts after those that wait. Resolves once the operating system has
   * accepted it, or it was dropped; null if it has accepted it already.
   */
  send(...parts: (string | Uint8Array)[]): Promise<void> | null
  /** Sends a whole frame in the same way. After null, nothing reads the frame any more. */
  sendFrame(frame: Buffer): Promise<void> | null
  /** Whether anything waits for the client to read. */
  isWaiting(): boolean
  /** Begins to watch frames that were written without `send`. */
  watch(): void
  /** Hands all messages to the connection, so that a close frame follows them. */
  flush(): void
  /** Drops the messages that wait, so that a close frame precedes them. */
  drop(): void
}

/**
 * Opens the queue of messages to a client. Calls back once, when they become too large or make no progress for
 * `stallTimeoutMs`. The size alone does not detect every client that stopped reading: a subscription waits until each
 * of its messages is sent, so a few subscriptions never fill the queue.
 */
export const openBacklog = (
  socket: WebSocket,
  connection: Socket,
  { stallTimeoutMs, onStall }: { stallTimeoutMs: number; onStall: () => void },
): Backlog => {
  let frames: WaitingFrame[] = []
  let queuedBytes = 0
  let timer: NodeJS.Timeout | null = null
  let hasStalled = false

  // Past the library, which would write the header and the message of each frame apart. Both write to the connection
  // at once, so that their frames keep their order.
  const write = ({ frame, resolve }: WaitingFrame): void =>
    // If the socket breaks, the callback gets an error early; the close event handles that.
    void connection.write(frame, () => {
      resolve()
      writeUpTo(maxWrittenBytes)
    })

  const drop = (): void => {
    for (const { resolve } of frames) resolve()
    frames = []
    queuedBytes = 0
  }

  const writeUpTo = (bytes: number): void => {
    if (socket.readyState !== socket.OPEN) drop()
    while (socket.bufferedAmount < bytes) {
      const waiting = frames.shift()
      if (waiting === undefined) return
      queuedBytes -= waiting.frame.length
      write(waiting)
    }
  }

  const stopWatching = (): void => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }

  const reportStall = (): void => {
    stopWatching()
    if (hasStalled || socket.readyState !== socket.OPEN) return
    hasStalled = true
    onStall()
  }

  const startWatching = (): void => {
    let acceptedBytes = countAcceptedBytes(connection)
    let progressMs = performance.now()
    timer = setInterval(() => {
      if (socket.bufferedAmount === 0 || socket.readyState !== socket.OPEN) return stopWatching()
      const previousBytes = acceptedBytes
      acceptedBytes = countAcceptedBytes(connection)
      if (acceptedBytes !== previousBytes) progressMs = performance.now()
      else if (performance.now() - progressMs >= stallTimeoutMs) reportStall()
    }, stallTimeoutMs / 4)
    timer.unref()
  }

  const watch = (): void => {
    if (socket.bufferedAmount + queuedBytes > maxWaitingBytes) reportStall()
    else if (timer === null && !hasStalled && socket.bufferedAmount > 0) startWatching()
  }

  const sendFrame = (frame: Buffer): Promise<void> | null => {
    // In another iteration of the event loop: a source that always has an event would let no close event in.
    if (socket.readyState !== socket.OPEN || !connection.writable)
      return new Promise((resolve) => setImmediate(resolve))
    if (frames.length === 0 && connection.writableLength === 0) {
      connection.write(frame)
      // Most clients read faster than events come: without a callback, a frame costs two thirds.
      if (connection.writableLength === 0) return null
      watch()
      return new Promise((resolve) => void connection.write('', () => resolve()))
    }
    return new Promise((resolve) => {
      frames.push({ frame, resolve })
      queuedBytes += frame.length
      writeUpTo(maxWrittenBytes)
      watch()
    })
  }

  socket.once('close', drop)
  return {
    watch,
    drop,
    isWaiting: () => socket.bufferedAmount > 0,
    flush: () => writeUpTo(Number.POSITIVE_INFINITY),
    send: (...parts) => sendFrame(createTextFrame(parts)),
    sendFrame,
  }
}

/** Returns the bytes that the operating system has accepted so far. */
const countAcceptedBytes = (connection: Socket): number => connection.bytesWritten - connection.writableLength
