import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

interface EventStreamOptions {
  /** How long one event may wait for a client that does not read. */
  slowConsumerTimeoutMs: number
}

export interface EventStream {
  /** Ends the stream without `complete`, so that the client reconnects. */
  end(): void
  /** Settles when nothing more will be written; rejects with the error of the source. */
  closed: Promise<void>
}

/**
 * Stops the source of a body that is not sent. Yoga opens it with the first read only, and cannot cancel it before; that
 * read returns a comment at once.
 */
export const discardEvents = async (body: ReadableStream<Uint8Array> | null): Promise<void> => {
  const reader = body?.getReader()
  await reader?.read().catch(() => undefined)
  await reader?.cancel().catch(() => undefined) // the errors of a cancelled source do not matter
}

/** Writes events as fast as the client reads. Stops the source when the client disconnects or stops reading. */
export const sendEvents = (
  body: ReadableStream<Uint8Array>,
  res: ServerResponse,
  { slowConsumerTimeoutMs }: EventStreamOptions,
): EventStream => {
  const reader = body.getReader()
  const stop = (): void => void reader.cancel().catch(() => undefined) // the errors of a cancelled source do not matter
  const end = (): void => {
    stop()
    res.end()
  }

  const write = async (chunk: Uint8Array): Promise<void> => {
    if (res.write(chunk)) return
    const timeout = setTimeout(() => res.destroy(), slowConsumerTimeoutMs)
    const listeners = new AbortController()
    await Promise.race(['drain', 'close'].map((name) => once(res, name, { signal: listeners.signal })))
    listeners.abort()
    clearTimeout(timeout)
  }

  const pump = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || res.writableEnded || res.destroyed) return
      await write(value)
    }
  }

  res.once('close', stop)
  return { end, closed: pump().finally(end) }
}
