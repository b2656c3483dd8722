import { useTranslations } from 'use-intl'
import type { AssignableMedia } from '../../data/assignments.ts'
import { MediaThumb } from '../media/MediaThumb.tsx'
import styles from './AssignedMedia.module.css'

interface AssignedMediaProps {
  /** Null while the media is in the trash, and after it was purged. */
  media: AssignableMedia | null
  title: string
  /** Text below the title. */
  detail?: string
}

/** A small picture with the title of a media. */
export const AssignedMedia = ({ media, title, detail }: AssignedMediaProps) => {
  const t = useTranslations('people')
  return (
    <span className={styles.media}>
      <span className={styles.picture}>
        <MediaThumb media={media ?? { kind: 'OTHER', thumbnail: null, thumbnailPlaceholder: null }} />
      </span>
      <span className={styles.texts}>
        <span className={styles.title}>{title}</span>
        {(detail !== undefined || media === null) && (
          <span className={styles.detail}>{media === null ? t('inTrash') : detail}</span>
        )}
      </span>
    </span>
  )
}
