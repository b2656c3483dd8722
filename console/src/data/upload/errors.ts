import { RequestError } from '../../api/errors.ts'

/** The browser cannot read a chosen file any more: it was changed, moved or deleted on its device. */
export class FileUnreadableError extends Error {}

/** Codes of requests that are repeated until they succeed, with the number of repetitions. */
const repetitions: Record<string, number> = {
  OFFLINE: Number.POSITIVE_INFINITY,
  UNAVAILABLE: Number.POSITIVE_INFINITY,
  RATE_LIMITED: Number.POSITIVE_INFINITY,
  // The page offers to sign in again; then the upload continues.
  UNAUTHENTICATED: Number.POSITIVE_INFINITY,
  INTERNAL_SERVER_ERROR: 4,
}

const maxDelayMs = 10_000

/** Milliseconds to wait before a failed request is repeated; null if it is not. */
export const retryDelayMs = (error: unknown, attempt: number): number | null => {
  if (!(error instanceof RequestError) || attempt >= (repetitions[error.code] ?? 0)) return null
  if (error.retryAfterSeconds !== null) return error.retryAfterSeconds * 1000
  return Math.min(maxDelayMs, 500 * 2 ** Math.min(attempt, 6))
}

/** Waits, but no longer than until the browser is online again. Rejects once the signal is aborted. */
export const waitForRetry = async (delayMs: number, signal: AbortSignal): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stop = () => reject(signal.reason)
  const timer = setTimeout(resolve, delayMs)
  addEventListener('online', () => resolve(), { once: true, signal })
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** Why sending is interrupted: words of the server, or null if it was not reached. */
export const reasonOf = (error: unknown): string | null =>
  error instanceof RequestError && error.code !== 'OFFLINE' ? error.message : null

interface RetryOptions {
  signal: AbortSignal
  onInterrupted(reason: string | null): void
}

/** Repeats a request while a repetition can succeed. Rejects with its error otherwise. */
export const retry = async <Result>(
  request: () => Promise<Result>,
  { signal, onInterrupted }: RetryOptions,
): Promise<Result> => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request()
    } catch (error) {
      signal.throwIfAborted()
      const delayMs = retryDelayMs(error, attempt)
      if (delayMs === null) throw error
      onInterrupted(reasonOf(error))
      await waitForRetry(delayMs, signal)
    }
  }
}
