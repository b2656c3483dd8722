import { ArchiveRestore, Trash2 } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { usePermissions } from '../../data/session.ts'
import type { TrashedMedia } from '../../data/trash.ts'
import { useFormat } from '../../parts/format.ts'
import { MediaThumb } from '../../parts/media/MediaThumb.tsx'
import { Badge } from '../../parts/ui/Badge.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { Checkbox } from '../../parts/ui/Checkbox.tsx'
import { IconButton } from '../../parts/ui/IconButton.tsx'
import styles from './TrashScreen.module.css'
import { daysUntil } from './trashSearch.ts'

interface TrashRowProps {
  media: TrashedMedia
  isSelected: boolean
  onSelect(): void
  onRestore(): void
  onPurge(): void
}

/** A few days before the end, the time left is a warning. */
const soonDays = 3

/** One media in the trash: when and by whom it was deleted, the time left, and what can be done with it. */
export const TrashRow = ({ media, isSelected, onSelect, onRestore, onPurge }: TrashRowProps) => {
  const t = useTranslations('trash')
  const format = useFormat()
  const { purge } = usePermissions()
  const { title, sizeBytes, deletedAt, deletedBy, purgeAt, viewerCanRestore } = media
  const days = purgeAt === null ? null : daysUntil(purgeAt, Date.now())
  const time = deletedAt === null ? '' : format.relative(deletedAt)
  return (
    <li className={styles.row} data-selected={isSelected || undefined}>
      <Checkbox aria-label={t('select', { title })} isSelected={isSelected} onChange={onSelect} />
      <span className={styles.picture}>
        {/* Files in the trash are not delivered. */}
        <MediaThumb media={{ ...media, thumbnail: null }} />
      </span>
      <div className={styles.text}>
        <p className={styles.title}>{title}</p>
        <p className={styles.facts}>
          <span>{deletedBy === null ? time : t('deletedBy', { time, name: deletedBy.name })}</span>
          <span>{format.bytes(sizeBytes)}</span>
          {days !== null && <Badge tone={days <= soonDays ? 'warning' : 'neutral'}>{t('daysLeft', { days })}</Badge>}
        </p>
        {!viewerCanRestore.allowed && <p className={styles.reason}>{viewerCanRestore.reason}</p>}
      </div>
      <div className={styles.buttons}>
        <Button
          size="small"
          icon={<ArchiveRestore aria-hidden />}
          aria-label={t('restoreOf', { title })}
          isDisabled={!viewerCanRestore.allowed}
          onPress={onRestore}
        >
          {t('restore')}
        </Button>
        {purge && (
          <IconButton
            label={t('purgeOf', { title })}
            hint={t('purge')}
            icon={<Trash2 aria-hidden />}
            onPress={onPurge}
          />
        )}
      </div>
    </li>
  )
}
