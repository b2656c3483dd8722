import type { DetailedError } from 'tus-js-client'
import { serverUrl } from '../../api/consolePath.ts'
import { RequestError } from '../../api/errors.ts'
import type { UploadTargetFragment } from '../../api/generated/documents.ts'
import { FileUnreadableError } from './errors.ts'

interface SendBytesOptions {
  file: File
  target: UploadTargetFragment
  signal: AbortSignal
  onProgress(sentBytes: number): void
}

/** A connection over which nothing was sent for so long is opened again. */
const stallTimeoutMs = 45_000

/** Codes by HTTP status. Others mean that the upload has to be looked at before bytes are sent again. */
const codes: Record<number, string> = { 423: 'UNAVAILABLE', 429: 'UNAVAILABLE', 507: 'STORAGE_FULL' }

/** The upload's address below the server of this page: proxies and the development server pass it on. */
const addressOf = ({ url }: UploadTargetFragment): string =>
  serverUrl(`uploads/${new URL(url).pathname.split('/').at(-1)}`)

const lostConnection = (cause?: unknown): RequestError => {
  const message = 'The connection was lost. The upload continues when it returns.'
  return new RequestError(message, { cause, code: 'OFFLINE', requestId: null, retryAfterSeconds: null })
}

const toRequestError = (error: Error | DetailedError): RequestError => {
  const response = 'originalResponse' in error ? error.originalResponse : null
  if (response === null || response.getStatus() === 0) return lostConnection(error)
  const status = response.getStatus()
  return new RequestError(response.getBody().trim() || `The server answered ${status}.`, {
    cause: error,
    code: codes[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'UPLOAD_REFUSED'),
    requestId: response.getHeader('X-Request-Id') ?? null,
    retryAfterSeconds: Number(response.getHeader('Retry-After')) || null,
  })
}

/** Throws FileUnreadableError if the browser cannot read the file. */
const checkReadable = async (file: File): Promise<void> => {
  try {
    await file.slice(0, 1).arrayBuffer()
  } catch (cause) {
    throw new FileUnreadableError('The browser cannot read the file.', { cause })
  }
}

/**
 * Sends the bytes of a file that the server does not have yet: asks for the offset, then sends the rest. Rejects with
 * RequestError after the first failed request, with FileUnreadableError, or with the reason of the aborted signal.
 */
export const sendBytes = async ({ file, target, signal, onProgress }: SendBytesOptions): Promise<void> => {
  const { Upload } = await import('tus-js-client')
  signal.throwIfAborted()
  await checkReadable(file)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const loseConnection = () => reject(lostConnection())
  const stop = () => reject(signal.reason)
  let stallTimer = setTimeout(loseConnection, stallTimeoutMs)
  const upload = new Upload(file, {
    uploadUrl: addressOf(target),
    // The library adds the version of the protocol itself.
    headers: Object.fromEntries(
      target.headers.filter(({ name }) => name !== 'Tus-Resumable').map(({ name, value }) => [name, value]),
    ),
    storeFingerprintForResuming: false,
    retryDelays: null,
    onProgress: (sentBytes) => {
      clearTimeout(stallTimer)
      // The last request is answered once the file is stored, which may take minutes.
      if (sentBytes < file.size) stallTimer = setTimeout(loseConnection, stallTimeoutMs)
      onProgress(sentBytes)
    },
    onSuccess: () => resolve(),
    onError: (error) => reject(toRequestError(error)),
  })
  addEventListener('offline', loseConnection)
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    upload.start()
    await promise
  } catch (error) {
    void upload.abort()
    // A file that changes while it is sent looks like a lost connection.
    if (!signal.aborted) await checkReadable(file)
    throw error
  } finally {
    clearTimeout(stallTimer)
    removeEventListener('offline', loseConnection)
    signal.removeEventListener('abort', stop)
  }
}
