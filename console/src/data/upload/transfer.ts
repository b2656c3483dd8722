import { RefusalError, RequestError } from '../../api/errors.ts'
import {
  type MediaUploadCreateInput,
  UploadCreateDocument,
  UploadStateDocument,
  type UploadStateQuery,
  type UploadTargetFragment,
} from '../../api/generated/documents.ts'
import { unwrap } from '../../api/refusal.ts'
import type { Server } from '../context.ts'
import { FileUnreadableError, reasonOf, retry, retryDelayMs, waitForRetry } from './errors.ts'
import { sendBytes } from './sendBytes.ts'

export interface TransferFailure {
  code: string
  /** Words of the server; null if the console has to find them by the code. */
  message: string | null
  remedy: string | null
  requestId: string | null
  retry: 'upload' | 'processing' | null
}

export type TransferEvent =
  | { type: 'created'; uploadId: string; mediaId: string }
  | { type: 'progressed'; sentBytes: number }
  | { type: 'interrupted'; reason: string | null }
  | { type: 'duplicateFound'; existing: { id: string; title: string } }
  | { type: 'sent'; mediaId: string }
  | { type: 'failed'; failure: TransferFailure; isUploadOver: boolean }

interface Transfer {
  server: Pick<Server, 'send'>
  file: File
  input: MediaUploadCreateInput
  idempotencyKey: string
  /** Upload that exists already; null to create one. */
  uploadId: string | null
  signal: AbortSignal
  onEvent(event: TransferEvent): void
}

interface Ticket {
  uploadId: string
  mediaId: string
  target: UploadTargetFragment | null
}

const failureOf = (error: unknown): TransferFailure => {
  const words = { remedy: null, requestId: null, retry: 'upload' } as const
  if (error instanceof FileUnreadableError) return { ...words, code: 'FILE_UNREADABLE', message: null, retry: null }
  if (error instanceof RequestError)
    return { ...words, code: error.code, message: error.message, requestId: error.requestId }
  if (error instanceof RefusalError) {
    const issues = error.fields.map(({ path, message }) => `${path}: ${message}`)
    return { ...words, code: error.refusal.__typename, message: [error.message, ...issues].join(' ') }
  }
  return { ...words, code: 'UNKNOWN', message: String(error) }
}

/** Creates the upload. Once sent, the request is not aborted: the upload that it creates has to be known, to cancel it. */
const create = async ({ server, input, idempotencyKey }: Transfer): Promise<Ticket> => {
  const { mediaUploadCreate } = await server.send(UploadCreateDocument, { input }, { idempotencyKey })
  const { upload, target } = unwrap(mediaUploadCreate)
  return { uploadId: upload.id, mediaId: upload.mediaId, target }
}

type State = UploadStateQuery['upload']

/** Event with which an upload has ended; null while it accepts bytes. */
const endOf = (state: State): TransferEvent | null => {
  const fail = (failure: Partial<TransferFailure> & { code: string }): TransferEvent => ({
    type: 'failed',
    isUploadOver: true,
    failure: { message: null, remedy: null, requestId: null, retry: 'upload', ...failure },
  })
  if (state === null) return fail({ code: 'UPLOAD_GONE' })
  switch (state.status) {
    case 'WAITING':
    case 'RECEIVING':
      return null
    case 'COMPLETED':
      return { type: 'sent', mediaId: state.mediaId }
    case 'CANCELLED':
    case 'EXPIRED':
      return fail({ code: `UPLOAD_${state.status}` })
    case 'FAILED':
      return fail(state.failure ?? { code: 'UPLOAD_FAILED' })
  }
}

/** Sends the bytes of a created upload until the server has all of them, or ends it. Resolves to its last event. */
const sendAll = async (transfer: Transfer, ticket: Ticket): Promise<TransferEvent> => {
  const { server, file, signal, onEvent } = transfer
  const onInterrupted = (reason: string | null) => onEvent({ type: 'interrupted', reason })
  let { target } = ticket
  let failures = 0
  let mostSentBytes = 0
  for (;;) {
    if (target === null) {
      const read = () => server.send(UploadStateDocument, { id: ticket.uploadId }, { signal })
      const { upload } = await retry(read, { signal, onInterrupted })
      const end = endOf(upload)
      if (end !== null) return end
      target = upload?.target ?? null
    }
    if (target === null) return { type: 'failed', isUploadOver: true, failure: failureOf(new Error('No target.')) }
    try {
      const onProgress = (sentBytes: number): void => {
        // Bytes that are sent again are no progress: a server that refuses them is not asked without end.
        if (sentBytes > mostSentBytes) failures = 0
        mostSentBytes = Math.max(mostSentBytes, sentBytes)
        onEvent({ type: 'progressed', sentBytes })
      }
      await sendBytes({ file, target, signal, onProgress })
      target = null
    } catch (error) {
      signal.throwIfAborted()
      const isRefused = error instanceof RequestError && error.code === 'UPLOAD_REFUSED'
      const delayMs = isRefused && failures < 3 ? 500 : retryDelayMs(error, failures)
      if (delayMs === null) throw error
      failures += 1
      // The token may have expired, or the upload has ended.
      if (isRefused) target = null
      onInterrupted(reasonOf(error))
      await waitForRetry(delayMs, signal)
    }
  }
}

/**
 * Creates an upload, unless it exists, and sends the bytes that the server lacks, through losses of the connection. Its
 * last event is `sent`, `failed` or `duplicateFound`. Rejects only with the reason of the aborted signal.
 */
export const transfer = async (options: Transfer): Promise<void> => {
  const { signal, onEvent, uploadId } = options
  const onInterrupted = (reason: string | null) => onEvent({ type: 'interrupted', reason })
  try {
    const ticket =
      uploadId === null
        ? await retry(() => create(options), { signal, onInterrupted })
        : { uploadId, mediaId: '', target: null }
    if (uploadId === null) onEvent({ type: 'created', uploadId: ticket.uploadId, mediaId: ticket.mediaId })
    onEvent(await sendAll(options, ticket))
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof RefusalError && 'existing' in error.refusal) {
      const { existing } = error.refusal as { existing: { id: string; title: string } } // as: only DuplicateMediaError has it
      return onEvent({ type: 'duplicateFound', existing })
    }
    onEvent({ type: 'failed', failure: failureOf(error), isUploadOver: error instanceof FileUnreadableError })
  }
}
