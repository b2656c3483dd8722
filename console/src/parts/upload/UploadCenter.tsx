import { useEffect } from 'react'
import { useTranslations } from 'use-intl'
import { useServer } from '../../data/context.ts'
import { useUploadCache } from '../../data/upload/openUploads.ts'
import { useToasts } from '../../state/toasts.ts'
import { useTray } from '../../state/tray.ts'
import { isBusy, isFinal } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { startUploadEngine } from './engine.ts'
import { UploadDialog } from './UploadDialog.tsx'

const useEngine = (): void => {
  const server = useServer()
  const cache = useUploadCache()
  useEffect(() => startUploadEngine({ server, ...cache }), [server, cache])
}

/** Lets the browser ask before the page is left while bytes are sent. */
const useLeaveQuestion = (): void => {
  const isAsking = useUploads(({ items }) => items.some(isBusy))
  useEffect(() => {
    if (!isAsking) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [isAsking])
}

/** Says how it went once all started files have ended. */
const useSummary = (): void => {
  const t = useTranslations('upload')
  const show = useToasts((state) => state.show)
  useEffect(
    () =>
      useUploads.subscribe(({ items }, { items: previous }) => {
        const isOpen = (all: typeof items) => all.some((item) => item.isStarted && !isFinal(item))
        if (isOpen(items) || !isOpen(previous)) return
        const ready = items.filter(({ stage }) => stage === 'ready').length
        const failed = items.filter(({ stage }) => stage === 'failed').length
        if (failed > 0) show({ tone: 'danger', message: t('summaryFailed', { failed, ready }) })
        else if (ready > 0) show({ tone: 'success', message: t('summaryReady', { ready }) })
      }),
    [t, show],
  )
}

/** Opens the activity tray when files are started, and after a reload that left uploads unfinished. */
const useOpenTray = (hasOpenUploads: boolean): void => {
  const started = useUploads(({ items }) => items.filter(({ isStarted }) => isStarted).length)
  const setOpen = useTray((state) => state.setOpen)
  useEffect(() => {
    if (started > 0 || hasOpenUploads) setOpen(true)
  }, [started, hasOpenUploads, setOpen])
}

/** Uploads the files of the queue, and shows the dialog in which they are prepared. */
export const UploadCenter = ({ hasOpenUploads }: { hasOpenUploads: boolean }) => {
  useEngine()
  useLeaveQuestion()
  useSummary()
  useOpenTray(hasOpenUploads)
  return <UploadDialog />
}
