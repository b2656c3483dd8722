import type { Server } from '../../data/context.ts'
import { cancelUpload } from '../../data/upload/cancel.ts'
import { checkFile } from '../../data/upload/check.ts'
import type { OpenUpload } from '../../data/upload/openUploads.ts'
import { retryProcessing, waitForProcessing } from '../../data/upload/processing.ts'
import { type TransferEvent, transfer } from '../../data/upload/transfer.ts'
import type { UploadItem } from '../../state/uploadItem.ts'
import { useUploadMarks } from '../../state/uploadMarks.ts'
import { useUploads } from '../../state/uploads.ts'

export interface EngineOptions {
  server: Server
  readOpenUploads(): Promise<readonly OpenUpload[]>
  refreshOpenUploads(): void
  refreshMedia(id: string): void
}

export type Work = 'check' | 'transfer' | 'cancel' | 'process'

type Works = Record<Work, (item: UploadItem, signal: AbortSignal) => Promise<void>>

export const itemOf = (id: string): UploadItem | undefined => useUploads.getState().items.find((item) => item.id === id)

const inputOf = ({ file, title, tags, folderId, replaces, sha256, allowsDuplicate }: UploadItem) => ({
  fileName: file.name,
  sizeBytes: file.size,
  mimeType: file.type || undefined,
  ...(replaces === null
    ? { title, tags: [...tags], folderId, sha256, allowDuplicate: allowsDuplicate }
    : { replaces: replaces.mediaId, stage: replaces.stage, note: replaces.note, allowDuplicate: true }),
})

/** Creates the works on one file. Each reports to the queue what happens, and rejects once its signal is aborted. */
export const createWorks = ({ server, readOpenUploads, refreshOpenUploads, refreshMedia }: EngineOptions): Works => {
  const { dispatch } = useUploads.getState()
  const marks = useUploadMarks.getState()

  const check = async ({ id, file }: UploadItem, signal: AbortSignal): Promise<void> => {
    const takenUploadIds = useUploads.getState().items.flatMap(({ uploadId }) => uploadId ?? [])
    const lastModifiedOf = (uploadId: string) => useUploadMarks.getState().lastModified[uploadId] ?? null
    const checkOptions = { server, file, signal, readOpenUploads, lastModifiedOf, takenUploadIds }
    // A file that cannot be checked is uploaded all the same: the server checks it again.
    const unchecked = { sha256: null, open: null, existing: null }
    const { sha256, open, existing } = await checkFile(checkOptions).catch(() => unchecked)
    signal.throwIfAborted()
    if (existing !== null) dispatch({ type: 'duplicateFound', id, existing, sha256 })
    else {
      // Another file with the same name and size may have been checked meanwhile.
      const isTaken = useUploads.getState().items.some((item) => item.id !== id && item.uploadId === open?.id)
      dispatch({ type: 'checked', id, sha256, open: isTaken ? null : open })
    }
  }

  const report = ({ id, file }: UploadItem, event: TransferEvent): void => {
    if (event.type === 'created') marks.remember(event.uploadId, file.lastModified)
    const hasEnded = event.type === 'sent' || event.type === 'failed'
    const uploadId = itemOf(id)?.uploadId
    if (hasEnded && uploadId != null) marks.forget(uploadId)
    if (event.type === 'progressed') dispatch({ ...event, id, atMs: performance.now() })
    else if (event.type === 'duplicateFound') dispatch({ ...event, id, sha256: null })
    else dispatch({ ...event, id })
    if (hasEnded || event.type === 'created') refreshOpenUploads()
    if (event.type === 'sent') refreshMedia(event.mediaId)
  }

  const send = (item: UploadItem, signal: AbortSignal): Promise<void> =>
    transfer({
      server,
      file: item.file,
      input: inputOf(item),
      // A choice after a refusal is another request.
      idempotencyKey: `${item.id}-${item.attempt}-${item.allowsDuplicate}`,
      uploadId: item.uploadId,
      signal,
      onEvent: (event) => {
        if (!signal.aborted) report(item, event)
        // The upload was created while the person cancelled or paused it.
        else if (event.type === 'created') dispatch({ ...event, id: item.id })
      },
    })

  const cancel = async ({ id, uploadId }: UploadItem, signal: AbortSignal): Promise<void> => {
    const mediaId = uploadId === null ? null : await cancelUpload({ server, uploadId, signal }).catch(() => null)
    if (uploadId !== null) marks.forget(uploadId)
    dispatch(mediaId === null ? { type: 'cancelled', id } : { type: 'sent', id, mediaId })
    refreshOpenUploads()
  }

  const followProcessing = async (item: UploadItem, signal: AbortSignal): Promise<void> => {
    const { id, mediaId, replaces, attempt } = item
    if (mediaId === null) return
    if (attempt > 0) await retryProcessing(server, mediaId, `${id}-${attempt}`).catch(() => undefined)
    const outcome = await waitForProcessing({ server, mediaId, isReplacement: replaces !== null, signal })
    dispatch(outcome.type === 'ready' ? { type: 'ready', id } : { ...outcome, id, isUploadOver: false })
    refreshMedia(mediaId)
  }

  return { check, transfer: send, cancel, process: followProcessing }
}
