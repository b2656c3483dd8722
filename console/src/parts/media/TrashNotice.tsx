import { RotateCcw } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { useRestore } from '../delete/useRestore.ts'
import { useFormat } from '../format.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'

/** Says that a media is in the trash, and offers to restore it. Shows nothing outside the trash. */
export const TrashNotice = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const format = useFormat()
  const { undo, isPending } = useRestore()
  if (media.deletedAt === null || media.purgeAt === null) return null
  const { allowed, reason } = media.viewerCanRestore
  const restore = (
    <Button
      size="small"
      icon={<RotateCcw aria-hidden />}
      isDisabled={!allowed}
      isPending={isPending}
      onPress={() => void undo(media)}
    >
      {t('restore')}
    </Button>
  )
  return (
    <Notice tone="warning" title={t('trashed.title')} action={restore}>
      <p>{t('trashed.text', { deleted: format.date(media.deletedAt), purge: format.date(media.purgeAt) })}</p>
      {reason !== null && <p>{reason}</p>}
    </Notice>
  )
}
