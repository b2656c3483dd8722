import { RotateCcw } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { type MediaDetail, useRestoreMedia } from '../../data/media.ts'
import { useToasts } from '../../state/toasts.ts'
import { useFormat } from '../format.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Problem } from '../ui/Problem.tsx'

/** Says that a media is in the trash, and offers to restore it. Shows nothing outside the trash. */
export const TrashNotice = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const format = useFormat()
  const show = useToasts((state) => state.show)
  const restore = useRestoreMedia()
  if (media.deletedAt === null || media.purgeAt === null) return null
  const { allowed, reason } = media.viewerCanRestore
  const run = (): void =>
    restore.mutate(
      { id: media.id },
      { onSuccess: () => show({ tone: 'success', message: t('restored', { title: media.title }) }) },
    )
  return (
    <>
      <Notice
        tone="warning"
        title={t('trashed.title')}
        action={
          <Button
            size="small"
            icon={<RotateCcw aria-hidden />}
            isDisabled={!allowed}
            isPending={restore.isPending}
            onPress={run}
          >
            {t('restore')}
          </Button>
        }
      >
        <p>{t('trashed.text', { deleted: format.date(media.deletedAt), purge: format.date(media.purgeAt) })}</p>
        {reason !== null && <p>{reason}</p>}
      </Notice>
      {restore.error !== null && <Problem error={restore.error} />}
    </>
  )
}
