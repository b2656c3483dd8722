import { uploadLockedError } from '../services/upload/leases.ts'

interface Claim {
  start(): void
  /** Stops the holder after the drain time. */
  requestRelease(): void
}

/** How long a request waits for an upload that another request uses. */
export const waitTimeoutMs = 60_000
/** How long a holder may continue after another request asked for the same upload: its connection is probably broken. */
export const drainMs = 200

/**
 * Runs one request at a time per upload, in order of arrival. A waiting request makes the holder stop after `drainMs`
 * by aborting its signal, and gives up after 60 s. Holds within one process; between processes, the lease does.
 */
export const createUploadLocker = () => {
  const queues = new Map<string, Claim[]>()

  const leave = (uploadId: string, queue: Claim[], claim: Claim): void => {
    const position = queue.indexOf(claim)
    queue.splice(position, 1)
    const [next] = queue
    if (next === undefined) queues.delete(uploadId)
    else if (position === 0) {
      next.start()
      if (queue.length > 1) next.requestRelease()
    }
  }

  return {
    run: async <Result>(uploadId: string, work: (stop: AbortSignal) => Promise<Result>): Promise<Result> => {
      const stop = new AbortController()
      const { promise: start, resolve, reject } = Promise.withResolvers<void>()
      const claim = {
        start: resolve,
        requestRelease: () => void setTimeout(() => stop.abort(uploadLockedError()), drainMs).unref(),
      }
      const queue = queues.get(uploadId) ?? []
      queues.set(uploadId, queue)
      queue.push(claim)
      if (queue[0] === claim) resolve()
      else queue[0]?.requestRelease()
      const timer = setTimeout(() => reject(uploadLockedError()), waitTimeoutMs)
      try {
        await start.finally(() => clearTimeout(timer))
        return await work(stop.signal)
      } finally {
        leave(uploadId, queue, claim)
      }
    },
  }
}
