import { Eye } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useMediaPreview } from '../../data/selector.ts'
import { useFormat } from '../format.ts'
import { MediaThumb } from '../media/MediaThumb.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './MediaPreview.module.css'

/** Types that every browser plays. */
const playable = ['video/mp4', 'video/webm', 'audio/mpeg', 'audio/mp4', 'audio/wav', 'audio/ogg', 'audio/webm']

type Preview = NonNullable<ReturnType<typeof useMediaPreview>['data']>

const Picture = ({ media }: { media: Preview }) => {
  const { kind, mimeType, url, preview, title } = media
  const isPlayable = media.status === 'READY' && playable.includes(mimeType)
  return (
    <div className={styles.picture} data-kind={kind}>
      {!(isPlayable && kind === 'VIDEO') && <MediaThumb media={{ ...media, thumbnail: preview }} />}
      {isPlayable && kind === 'VIDEO' && (
        // biome-ignore lint/a11y/useMediaCaption: captions come with the file, if it has any.
        <video key={url} src={url} poster={preview ?? undefined} preload="none" controls aria-label={title} />
      )}
      {isPlayable && kind === 'AUDIO' && (
        // biome-ignore lint/a11y/useMediaCaption: see above.
        <audio key={url} src={url} preload="none" controls aria-label={title} />
      )}
    </div>
  )
}

const Facts = ({ media }: { media: Preview }) => {
  const [t, tLibrary, format] = [useTranslations('picker'), useTranslations('library'), useFormat()]
  const { width, height, durationSeconds, uploadedBy, altText } = media
  const date = format.date(media.uploadedAt)
  const facts = [
    [t('fileName'), media.fileName],
    [t('kind'), tLibrary('kind', { kind: media.kind })],
    [t('size'), format.bytes(media.sizeBytes)],
    [t('duration'), durationSeconds === null ? null : format.duration(durationSeconds)],
    [t('dimensions'), width === null || height === null ? null : `${width} × ${height}`],
    [t('uploaded'), uploadedBy === null ? date : t('uploadedBy', { date, name: uploadedBy.name })],
    [t('altText'), altText],
  ] as const
  return (
    <dl className={styles.facts}>
      {facts.map(
        ([name, value]) =>
          value !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

/** Shows the media that is looked at, larger and with its facts; without one, how to see one. */
export const MediaPreview = ({ id }: { id: string | null }) => {
  const t = useTranslations('picker')
  const { data: media, error } = useMediaPreview(id)
  return (
    <aside className={styles.preview} aria-label={t('preview')}>
      {id === null || media === null ? (
        <EmptyState icon={<Eye size={24} aria-hidden />} title={t('previewHint')} />
      ) : media !== undefined ? (
        <>
          <Picture media={media} />
          <p className={styles.title}>{media.title}</p>
          <Facts media={media} />
        </>
      ) : error !== null ? (
        <Notice tone="danger" title={error.message} />
      ) : (
        <>
          <Skeleton height="11rem" />
          <Skeleton width="60%" />
          <Skeleton height="6rem" />
        </>
      )}
    </aside>
  )
}
