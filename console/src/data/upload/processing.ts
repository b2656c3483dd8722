import {
  type UploadedMediaFragment,
  UploadedMediaRetryDocument,
  UploadedMediaStateDocument,
} from '../../api/generated/documents.ts'
import { unwrap } from '../../api/refusal.ts'
import { followUploadedMedia } from '../../live/uploads.ts'
import type { Server } from '../context.ts'
import type { TransferFailure } from './transfer.ts'

const pollIntervalMs = 5000

interface Processing {
  server: Server
  mediaId: string
  /** Whether the newest version counts, which may not be the current one. */
  isReplacement: boolean
  signal: AbortSignal
}

type Outcome = { type: 'ready' } | { type: 'failed'; failure: TransferFailure }

const outcomeOf = (media: UploadedMediaFragment, isReplacement: boolean): Outcome | null => {
  const [version] = media.versions.nodes
  const { status, failure } = isReplacement && version !== undefined ? version : media
  if (status === 'READY') return { type: 'ready' }
  if (status !== 'FAILED') return null
  const { code = 'UNKNOWN', message = null, remedy = null, retryable = false } = failure ?? {}
  return { type: 'failed', failure: { code, message, remedy, requestId: null, retry: retryable ? 'processing' : null } }
}

const gone: Outcome = {
  type: 'failed',
  failure: { code: 'MEDIA_GONE', message: null, remedy: null, requestId: null, retry: null },
}

/** Resolves once the bytes of a media have been examined. Without live events it asks every 5 seconds. */
export const waitForProcessing = async ({ server, mediaId, isReplacement, signal }: Processing): Promise<Outcome> => {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const check = (media: UploadedMediaFragment): void => {
    const outcome = outcomeOf(media, isReplacement)
    if (outcome !== null) resolve(outcome)
  }
  let hasEnded = false
  const ask = async (): Promise<void> => {
    const { media } = await server.send(UploadedMediaStateDocument, { id: mediaId }, { signal })
    if (media === null) resolve(gone)
    else check(media)
  }
  // Failed requests are repeated by the timer.
  const askAgain = () => void ask().catch(() => undefined)
  const stopFollowing = followUploadedMedia(server.observer, mediaId, {
    onMedia: check,
    onGap: () => {
      hasEnded = true
      askAgain()
    },
  })
  const timer = setInterval(() => {
    if (hasEnded || server.sockets.connection() !== 'connected') askAgain()
  }, pollIntervalMs)
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    return await promise
  } finally {
    clearInterval(timer)
    stopFollowing()
    signal.removeEventListener('abort', stop)
  }
}

/** Asks the server to examine a media again. Rejects with RefusalError. */
export const retryProcessing = async ({ send }: Server, id: string, idempotencyKey: string): Promise<void> => {
  const { mediaRetry } = await send(UploadedMediaRetryDocument, { id }, { idempotencyKey })
  unwrap(mediaRetry)
}
