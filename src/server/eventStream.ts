import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

interface EventStreamOptions {
  /** How long one event may wait for a client that does not read. */
  slowConsumerTimeoutMs: number
}

export interface EventStream {
  /** Ends it without `complete`, so that the client comes again. */
  end(): void
  /** Settles when nothing more will be written; rejects with what its source met. */
  closed: Promise<void>
}

/** Writes as fast as the client reads; when it goes away, or stops reading, the source is stopped. */
export const sendEvents = (
  body: ReadableStream<Uint8Array>,
  res: ServerResponse,
  { slowConsumerTimeoutMs }: EventStreamOptions,
): EventStream => {
  const reader = body.getReader()
  const stop = (): void => void reader.cancel().catch(() => undefined) // what the source says to that helps nobody
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
