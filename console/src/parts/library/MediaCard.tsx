import { Link2, TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import { useTranslations } from 'use-intl'
import { useStore } from 'zustand'
import type { MediaCard as Card } from '../../data/mediaPages.ts'
import { librarySelection, type SelectionStore } from '../../state/selection.ts'
import { useFormat } from '../format.ts'
import { MediaThumb } from '../media/MediaThumb.tsx'
import { ConversionBar } from './ConversionBar.tsx'
import styles from './MediaCard.module.css'

const shownTags = 2

export interface MediaItemProps {
  media: Card
  selection: SelectionStore
  /** Whether it has the focus when the grid has it. */
  isActive: boolean
  /** Whether its details are shown beside the list. */
  isOpen: boolean
  /** Column in the grid, counted from 1. */
  column: number
}

/** Picture and facts of a media in a grid. Its grid handles clicks and keys: the cell has no handlers of its own. */
export const MediaCard = memo(({ media, selection, isActive, isOpen, column }: MediaItemProps) => {
  const t = useTranslations('library')
  const format = useFormat()
  const isSelected = useStore(selection, (state) => state.isSelected(media.id))
  const { title, kind, status, tags, usageCount, durationSeconds } = media
  return (
    <div
      className={styles.card}
      role="gridcell"
      aria-colindex={column}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
      data-media={media.id}
      draggable={isSelected && selection === librarySelection}
      data-open={isOpen || undefined}
      style={{ gridColumnStart: column }}
    >
      <span className={styles.picture}>
        <MediaThumb media={media} />
        <span className={styles.mark} data-mark aria-hidden />
        <span className={styles.kind} data-above={status === 'PROCESSING' || undefined}>
          {t('kind', { kind })}
          {durationSeconds !== null && ` ${format.duration(durationSeconds)}`}
        </span>
        {usageCount > 0 && (
          <span className={styles.uses} role="img" aria-label={t('usedIn', { count: usageCount })}>
            <Link2 aria-hidden />
            {format.number(usageCount)}
          </span>
        )}
        {status === 'PROCESSING' && (
          <span className={styles.progress}>
            <ConversionBar id={media.id} />
          </span>
        )}
        {status === 'FAILED' && (
          <span className={styles.state} data-tone="danger" title={media.failure?.message}>
            <TriangleAlert aria-hidden />
            {t('status', { status })}
          </span>
        )}
      </span>
      <span className={styles.title}>{title}</span>
      <span className={styles.facts}>{`${format.bytes(media.sizeBytes)} · ${format.date(media.uploadedAt)}`}</span>
      {tags.length > 0 && (
        <span className={styles.tags}>
          {tags.slice(0, shownTags).map((tag) => (
            <span key={tag} className={styles.tag}>
              {tag}
            </span>
          ))}
          {tags.length > shownTags && (
            <span className={styles.more}>{t('moreTags', { count: tags.length - shownTags })}</span>
          )}
        </span>
      )}
    </div>
  )
})
