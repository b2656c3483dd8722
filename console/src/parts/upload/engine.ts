import { holdUpload } from '../../data/upload/locks.ts'
import { isFinal, type Stage, type UploadItem } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { createWorks, type EngineOptions, itemOf, type Work } from './works.ts'

const workOfStage: Partial<Record<Stage, Work>> = {
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

const ignoreAbort = (signal: AbortSignal) => (error: unknown) => {
  if (!signal.aborted) throw error
}

/** Starts to do what the stages of the queue ask for, and reports what happens to it. Returns a function that stops. */
export const startUploadEngine = (options: EngineOptions): (() => void) => {
  const works = createWorks(options)
  const running = new Map<string, Running>()
  /** Last work on each file. The next one waits for its end, so that it knows the upload that a stopped one created. */
  const tails = new Map<string, Promise<void>>()
  const holds = new Map<string, () => void>()

  /** Other pages of this browser do not offer to continue the uploads of this page. */
  const updateHolds = (items: readonly UploadItem[]): void => {
    const open = items.filter((item) => !isFinal(item) && item.stage !== 'processing')
    const ids = new Set(open.flatMap(({ uploadId }) => uploadId ?? []))
    for (const id of ids) if (!holds.has(id)) holds.set(id, holdUpload(id))
    for (const [id, release] of holds)
      if (!ids.has(id)) {
        release()
        holds.delete(id)
      }
  }

  const begin = (item: UploadItem, work: Work): void => {
    const task: Running = { work, attempt: item.attempt, abort: new AbortController() }
    running.set(item.id, task)
    const { signal } = task.abort
    const run = async (): Promise<void> => {
      await tails.get(item.id)
      if (!signal.aborted) await works[work](itemOf(item.id) ?? item, signal).catch(ignoreAbort(signal))
      if (running.get(item.id) === task) running.delete(item.id)
    }
    const tail = run()
    tails.set(item.id, tail)
    void tail.then(reconcile)
  }

  const reconcile = (): void => {
    const { items } = useUploads.getState()
    updateHolds(items)
    const ids = new Set(items.map(({ id }) => id))
    for (const [id, { abort }] of running)
      if (!ids.has(id)) {
        abort.abort()
        running.delete(id)
        tails.delete(id)
      }
    let checks = [...running.values()].filter(({ work }) => work === 'check').length
    for (const item of items) {
      const work = workOfStage[item.stage]
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
    updateHolds([])
  }
}
