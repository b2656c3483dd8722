import type { WebSocket } from 'ws'
import type { Turns } from './turns.ts'

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
export const openInbox = (socket: WebSocket, turns: Turns, handle: (message: string) => void): Inbox => {
  let messages: string[] = []
  let sizeBytes = 0
  let isFull = false

  const resume = (): void => {
    if (isFull) socket.resume()
    isFull = false
  }
  const handleNext = (): void => {
    const message = messages.shift()
    if (message === undefined) return
    sizeBytes -= message.length
    if (messages.length > 0) turns.add(handleNext)
    else resume()
    handle(message)
  }

  socket.on('message', (data) => {
    // Nothing is answered any more; the protocol would start what it is asked for.
    if (socket.readyState !== socket.OPEN) return
    const message = String(data)
    messages.push(message)
    sizeBytes += message.length
    if (messages.length === 1) turns.add(handleNext)
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
