import type { Server } from '../../data/context.ts'
import { cancelUpload } from '../../data/upload/cancel.ts'
import { checkFile } from '../../data/upload/check.ts'
import type { OpenUpload } from '../../data/upload/openUploads.ts'
import { retryProcessing, waitForProcessing } from '../../data/upload/processing.ts'
import { type TransferEvent, transfer } from '../../data/upload/transfer.ts'
import type { Stage, UploadItem } from '../../state/uploadItem.ts'
import { useUploadMarks } from '../../state/uploadMarks.ts'
import { useUploads } from '../../state/uploads.ts'

interface EngineOptions {
  server: Server
  readOpenUploads(): Promise<readonly OpenUpload[]>
  refreshOpenUploads(): void
  refreshMedia(): void
}

type Work = 'check' | 'transfer' | 'cancel' | 'process'

const works: Partial<Record<Stage, Work>> = {
  checking: 'check',
  sending: 'transfer',
  interrupted: 'transfer',
  cancelling: 'cancel',
  processing: 'process',
}

/** Files that are checked at the same time. */
const maxChecks = 4

interface Running {
  work: Work
  /** A retry by the person starts the same work again. */
  attempt: number
  abort: AbortController
}

const inputOf = ({ file, title, tags, folderId, replaces, sha256, allowsDuplicate }: UploadItem) => ({
  fileName: file.name,
  sizeBytes: file.size,
  mimeType: file.type || undefined,
  ...(replaces === null
    ? { title, tags: [...tags], folderId, sha256, allowDuplicate: allowsDuplicate }
    : { replaces: replaces.mediaId, stage: replaces.stage, note: replaces.note, allowDuplicate: true }),
})

const ignoreAbort = (signal: AbortSignal) => (error: unknown) => {
  if (!signal.aborted) throw error
}

/** Starts to do what the stages of the queue ask for, and reports what happens to it. Returns a function that stops. */
export const startUploadEngine = (options: EngineOptions): (() => void) => {
  const { server, readOpenUploads, refreshOpenUploads, refreshMedia } = options
  const { dispatch } = useUploads.getState()
  const marks = useUploadMarks.getState()
  const running = new Map<string, Running>()
  /** Last work on each file. The next one waits for its end, so that it knows the upload that a stopped one created. */
  const tails = new Map<string, Promise<void>>()
  const itemOf = (id: string) => useUploads.getState().items.find((item) => item.id === id)

  const check = async ({ id, file }: UploadItem, signal: AbortSignal): Promise<void> => {
    const takenUploadIds = useUploads.getState().items.flatMap(({ uploadId }) => uploadId ?? [])
    const lastModifiedOf = (uploadId: string) => useUploadMarks.getState().lastModified[uploadId] ?? null
    const checkOptions = { server, file, signal, readOpenUploads, lastModifiedOf, takenUploadIds }
    // A file that cannot be checked is uploaded all the same: the server checks it again.
    const unchecked = { sha256: null, open: null, existing: null }
    const { sha256, open, existing } = await checkFile(checkOptions).catch(() => unchecked)
    signal.throwIfAborted()
    if (existing !== null) dispatch({ type: 'duplicateFound', id, existing, sha256 })
    else dispatch({ type: 'checked', id, sha256, open })
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
    if (event.type === 'sent') refreshMedia()
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
    refreshMedia()
  }

  const doers: Record<Work, (item: UploadItem, signal: AbortSignal) => Promise<void>> = {
    check,
    transfer: send,
    cancel,
    process: followProcessing,
  }

  const begin = (item: UploadItem, work: Work): void => {
    const task: Running = { work, attempt: item.attempt, abort: new AbortController() }
    running.set(item.id, task)
    const { signal } = task.abort
    const run = async (): Promise<void> => {
      await tails.get(item.id)
      if (!signal.aborted) await doers[work](itemOf(item.id) ?? item, signal).catch(ignoreAbort(signal))
      if (running.get(item.id) === task) running.delete(item.id)
    }
    const tail = run()
    tails.set(item.id, tail)
    void tail.then(reconcile)
  }

  const reconcile = (): void => {
    const { items } = useUploads.getState()
    const ids = new Set(items.map(({ id }) => id))
    for (const [id, { abort }] of running)
      if (!ids.has(id)) {
        abort.abort()
        running.delete(id)
        tails.delete(id)
      }
    let checks = [...running.values()].filter(({ work }) => work === 'check').length
    for (const item of items) {
      const work = works[item.stage]
      const current = running.get(item.id)
      if (current !== undefined && (current.work !== work || current.attempt !== item.attempt)) {
        current.abort.abort()
        running.delete(item.id)
      }
      if (work === undefined || running.has(item.id)) continue
      if (work === 'check') {
        if (checks >= maxChecks) continue
        checks += 1
      }
      begin(item, work)
    }
  }

  const unsubscribe = useUploads.subscribe(reconcile)
  reconcile()
  return () => {
    unsubscribe()
    for (const { abort } of running.values()) abort.abort()
    running.clear()
  }
}
