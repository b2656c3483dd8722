import { startWorker } from '../../api/trustedTypes.ts'
import { FileUnreadableError } from './errors.ts'
import type { HashAnswer } from './hash.worker.ts'
import workerUrl from './hash.worker.ts?worker&url'

/** Computes the SHA-256 of a file in a worker, in hexadecimal digits. Rejects with FileUnreadableError. */
export const hashFile = async (file: Blob, signal: AbortSignal): Promise<string> => {
  const worker = startWorker(workerUrl)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop)
  worker.addEventListener('message', ({ data }: MessageEvent<HashAnswer>) =>
    'sha256' in data ? resolve(data.sha256) : reject(new FileUnreadableError(data.error)),
  )
  worker.addEventListener('error', ({ message }) =>
    reject(new Error(`The worker that hashes files failed. ${message}`)),
  )
  worker.postMessage(file)
  try {
    signal.throwIfAborted()
    return await promise
  } finally {
    signal.removeEventListener('abort', stop)
    worker.terminate()
  }
}
