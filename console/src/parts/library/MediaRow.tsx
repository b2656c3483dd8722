import { TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import { useTranslations } from 'use-intl'
import { useStore } from 'zustand'
import type { MediaCard } from '../../data/mediaPages.ts'
import { librarySelection } from '../../state/selection.ts'
import { useFormat } from '../format.ts'
import { MediaThumb } from '../media/MediaThumb.tsx'
import { ConversionBar } from './ConversionBar.tsx'
import type { MediaItemProps } from './MediaCard.tsx'
import styles from './MediaTable.module.css'
import type { TableColumn } from './tableColumns.ts'

const Cell = ({ media, column }: { media: MediaCard; column: TableColumn }) => {
  const t = useTranslations('library')
  const format = useFormat()
  switch (column) {
    case 'title':
      return (
        <>
          <span className={styles.thumb}>
            <MediaThumb media={media} />
          </span>
          <span className={styles.title} title={media.title}>
            {media.title}
          </span>
        </>
      )
    case 'kind':
      return t('kind', { kind: media.kind })
    case 'size':
      return format.bytes(media.sizeBytes)
    case 'duration':
      return media.durationSeconds === null ? '' : format.duration(media.durationSeconds)
    case 'tags':
      return <span className={styles.text}>{media.tags.join(', ')}</span>
    case 'uses':
      return format.number(media.usageCount)
    case 'uploaded':
      return format.date(media.uploadedAt)
    case 'status':
      if (media.status === 'PROCESSING') return <ConversionBar id={media.id} />
      return media.status === 'FAILED' ? (
        <span className={styles.failed} title={media.failure?.message}>
          <TriangleAlert size={14} aria-hidden />
          {t('status', { status: media.status })}
        </span>
      ) : (
        t('status', { status: media.status })
      )
  }
}

interface MediaRowProps extends Omit<MediaItemProps, 'column'> {
  columns: readonly { column: TableColumn }[]
  template: string
  /** Position in the whole list, counted from 1; undefined if it is not known. */
  rowIndex: number | undefined
}

/** Facts of a media in a table, in a row that takes the focus as a whole. */
export const MediaRow = memo(({ media, selection, isActive, isOpen, columns, template, rowIndex }: MediaRowProps) => {
  const isSelected = useStore(selection, (state) => state.isSelected(media.id))
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
      data-media={media.id}
      draggable={isSelected && selection === librarySelection}
      data-open={isOpen || undefined}
      style={{ gridTemplateColumns: template }}
    >
      <span role="gridcell" aria-colindex={1} className={styles.markCell} data-mark>
        <span className={styles.mark} aria-hidden />
      </span>
      {columns.map(({ column }, index) => (
        <span key={column} role="gridcell" aria-colindex={index + 2} className={styles.cell} data-column={column}>
          <Cell media={media} column={column} />
        </span>
      ))}
    </div>
  )
})
