import { Link } from '@tanstack/react-router'
import { Unlink } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { ResourceUsage } from '../../data/courses.ts'
import { useFormat } from '../format.ts'
import { MediaThumb } from '../media/MediaThumb.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import styles from './LinkedMedia.module.css'

interface LinkedMediaProps {
  usage: ResourceUsage
  /** Absent: the person may not unlink. */
  onUnlink?(): void
}

/** A media that a resource shows, with when it was linked and by whom. */
export const LinkedMedia = ({ usage: { media, linkedAt, linkedBy }, onUnlink }: LinkedMediaProps) => {
  const [t, tLibrary, format] = [useTranslations('courses'), useTranslations('library'), useFormat()]
  const date = format.date(linkedAt)
  const detail =
    media.durationSeconds === null ? tLibrary('kind', { kind: media.kind }) : format.duration(media.durationSeconds)
  return (
    <li className={styles.media}>
      <Link to="/library/$id/$tab" params={{ id: media.id, tab: 'overview' }} className={styles.link}>
        <span className={styles.picture}>
          <MediaThumb media={media} />
        </span>
        <span className={styles.text}>
          <span className={styles.title}>{media.title}</span>
          <span className={styles.detail}>
            {detail} · {linkedBy === null ? t('linkedAt', { date }) : t('linkedBy', { date, name: linkedBy.name })}
          </span>
        </span>
      </Link>
      {onUnlink !== undefined && (
        <IconButton
          label={t('unlink', { title: media.title })}
          icon={<Unlink size={16} aria-hidden />}
          onPress={onUnlink}
        />
      )}
    </li>
  )
}
