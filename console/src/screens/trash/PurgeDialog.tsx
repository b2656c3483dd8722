import { useTranslations } from 'use-intl'
import { type TrashedMedia, usePurgeMedia } from '../../data/trash.ts'
import { Button } from '../../parts/ui/Button.tsx'
import { Dialog } from '../../parts/ui/Dialog.tsx'
import { Notice } from '../../parts/ui/Notice.tsx'
import { useToasts } from '../../state/toasts.ts'

interface PurgeDialogProps {
  media: TrashedMedia
  onClose(): void
}

/** Asks before a media in the trash is deleted permanently. */
export const PurgeDialog = ({ media: { id, title }, onClose }: PurgeDialogProps) => {
  const t = useTranslations('trash')
  const tCommon = useTranslations('common')
  const show = useToasts((state) => state.show)
  const purge = usePurgeMedia()
  const confirm = async (): Promise<void> => {
    try {
      await purge.mutateAsync(id)
    } catch {
      return // The dialog shows the error.
    }
    show({ tone: 'success', message: t('purged', { title }) })
    onClose()
  }
  return (
    <Dialog
      title={t('askPurge')}
      size="small"
      isOpen
      isAlert
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{tCommon('cancel')}</Button>
          <Button variant="danger" isPending={purge.isPending} onPress={() => void confirm()}>
            {t('purge')}
          </Button>
        </>
      }
    >
      <p>{t('askPurgeHint', { title })}</p>
      {purge.error !== null && (
        <Notice tone="danger" isAlert>
          {purge.error.message}
        </Notice>
      )}
    </Dialog>
  )
}
