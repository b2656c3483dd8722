import { useTranslations } from 'use-intl'
import { type MediaUsage, useUnlinkMedia } from '../../data/mediaUsages.ts'
import { useToasts } from '../../state/toasts.ts'
import { nameOfResource } from '../delete/ResourcePath.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Problem } from '../ui/Problem.tsx'

interface UnlinkDialogProps {
  mediaId: string
  usage: MediaUsage
  onClose(): void
}

/** Asks before a place stops showing a media. */
export const UnlinkDialog = ({ mediaId, usage: { resource }, onClose }: UnlinkDialogProps) => {
  const t = useTranslations('media.usages')
  const tCommon = useTranslations('common')
  const show = useToasts((state) => state.show)
  const unlink = useUnlinkMedia()
  const title = nameOfResource(resource)
  const { source, type, externalId } = resource
  const run = (): void =>
    unlink.mutate(
      { input: { mediaId, resource: { source, type, externalId } } },
      {
        onSuccess: () => {
          show({ tone: 'success', message: t('unlinked', { title }) })
          onClose()
        },
      },
    )
  return (
    <Dialog
      title={t('unlinkTitle', { title })}
      size="small"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{tCommon('cancel')}</Button>
          <Button variant="danger" isPending={unlink.isPending} onPress={run}>
            {t('unlink')}
          </Button>
        </>
      }
    >
      <p>{t('unlinkText', { title })}</p>
      {unlink.error !== null && <Problem error={unlink.error} />}
    </Dialog>
  )
}
