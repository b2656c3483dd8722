import { ExternalLink, File } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ImageViewer } from './ImageViewer.tsx'
import { MediaThumb } from './MediaThumb.tsx'
import styles from './MediaViewer.module.css'
import { PlayerViewer } from './PlayerViewer.tsx'
import { TextViewer } from './TextViewer.tsx'
import { toViewer, type Viewable } from './viewable.ts'

/** Shows the file in the middle of the screen of its media: played, drawn or read, as its type needs it. */
export const MediaViewer = ({ media }: { media: Viewable }) => {
  const t = useTranslations('media')
  const titles = { PROCESSING: t('inProgress'), READY: t('viewer.cannotShow'), FAILED: t('failed.title') }
  const viewers = {
    player: () => <PlayerViewer key={media.versionId} media={media} hasTimeline />,
    image: () => <ImageViewer key={media.versionId} media={media} />,
    text: () => <TextViewer media={media} />,
    pdf: () => (
      <>
        <iframe className={styles.frame} src={media.url} title={t('viewer.document', { title: media.title })} />
        <p className={styles.tools}>
          <a className={styles.newTab} href={media.url} target="_blank" rel="noreferrer">
            {t('openInTab')}
            <ExternalLink size={14} aria-hidden />
          </a>
        </p>
      </>
    ),
    none: () =>
      media.thumbnail === null ? (
        <EmptyState icon={<File size={24} aria-hidden />} title={titles[media.status]}>
          {media.status === 'PROCESSING' ? t('inProgressHint') : media.mimeType}
        </EmptyState>
      ) : (
        <span className={styles.still}>
          <MediaThumb media={{ kind: media.kind, thumbnail: media.thumbnail, thumbnailPlaceholder: null }} />
        </span>
      ),
  }
  return <div className={styles.viewer}>{viewers[toViewer(media)]()}</div>
}
