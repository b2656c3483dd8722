import type { WebSocket } from 'ws'
import type { TaskQueue } from './taskQueue.ts'

/** Received messages beyond which a socket is not read until all of them are handled. */
const maxMessages = 32
const maxBytes = 256 * 1024

export interface Inbox {
  /** Whether the socket is not read at present, so that answers to pings do not arrive either. */
  isFull(): boolean
  /** Drops the messages that are not handled yet. */
  drop(): void
}

/** Handles the messages of one socket in order, alternating with other sockets; reads no faster than it handles. */
export const openInbox = (
  socket: WebSocket,
  taskQueue: TaskQueue,
  handle: (message: string, receivedAtMs: number) => void,
): Inbox => {
  let messages: { text: string; receivedAtMs: number }[] = []
  let sizeBytes = 0
  let isFull = false

  const resume = (): void => {
    if (isFull) socket.resume()
    isFull = false
  }
  const handleNext = (): void => {
    const message = messages.shift()
    if (message === undefined) return
    sizeBytes -= message.text.length
    if (messages.length > 0) taskQueue.add(handleNext)
    else resume()
    handle(message.text, message.receivedAtMs)
  }

  socket.on('message', (data) => {
    // Nothing is answered any more; the protocol would start what it is asked for.
    if (socket.readyState !== socket.OPEN) return
    const text = String(data)
    // Here and not when it is handled: a message must lose no time while others go ahead.
    messages.push({ text, receivedAtMs: performance.now() })
    sizeBytes += text.length
    if (messages.length === 1) taskQueue.add(handleNext)
    if (isFull || (messages.length < maxMessages && sizeBytes < maxBytes)) return
    isFull = true
    socket.pause()
  })

  return {
    isFull: () => isFull,
    drop() {
      messages = []
      sizeBytes = 0
      resume()
    },
  }
}
