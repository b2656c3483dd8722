import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { useActivateVersion, type Version } from '../../data/versions.ts'
import { useToasts } from '../../state/toasts.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Problem } from '../ui/Problem.tsx'

interface ActivateDialogProps {
  media: MediaDetail
  version: Version
  onClose(): void
}

/** Asks before another version is shown everywhere. */
export const ActivateDialog = ({ media, version: { number }, onClose }: ActivateDialogProps) => {
  const t = useTranslations('media.versions')
  const tCommon = useTranslations('common')
  const show = useToasts((state) => state.show)
  const activate = useActivateVersion()
  const run = (): void =>
    activate.mutate(
      { input: { mediaId: media.id, number } },
      {
        onSuccess: () => {
          show({ tone: 'success', message: t('activated', { number }) })
          onClose()
        },
      },
    )
  return (
    <Dialog
      title={t('activateTitle', { number })}
      size="small"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{tCommon('cancel')}</Button>
          <Button variant="primary" isPending={activate.isPending} onPress={run}>
            {t(number < media.currentVersion.number ? 'rollBack' : 'activate')}
          </Button>
        </>
      }
    >
      <p>{t('activateText', { number, count: media.usageCount })}</p>
      {activate.error !== null && <Problem error={activate.error} />}
    </Dialog>
  )
}
