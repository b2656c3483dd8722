import { useBlocker } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { Button } from '../../parts/ui/Button.tsx'
import { Dialog } from '../../parts/ui/Dialog.tsx'

interface LeaveDialogProps {
  media: MediaDetail
  isDirty: boolean
}

/** Asks before a screen with unsaved changes is left. The tabs of the same media belong to the screen. */
export const LeaveDialog = ({ media, isDirty }: LeaveDialogProps) => {
  const t = useTranslations('media.edit')
  const blocker = useBlocker({
    shouldBlockFn: ({ next }) =>
      isDirty && !('id' in next.params && 'tab' in next.params && next.params.id === media.id),
    enableBeforeUnload: isDirty,
    withResolver: true,
  })
  if (blocker.status !== 'blocked') return null
  return (
    <Dialog
      title={t('leaveTitle')}
      size="small"
      isOpen
      isAlert
      onClose={blocker.reset}
      actions={
        <>
          <Button onPress={blocker.reset}>{t('stay')}</Button>
          <Button variant="danger" onPress={blocker.proceed}>
            {t('leave')}
          </Button>
        </>
      }
    >
      <p>{t('leaveText', { title: media.title })}</p>
    </Dialog>
  )
}
