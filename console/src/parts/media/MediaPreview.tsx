import type { MediaDetail } from '../../data/media.ts'
import styles from './MediaPreview.module.css'
import { MediaThumb } from './MediaThumb.tsx'
import { PlayerViewer } from './PlayerViewer.tsx'
import { mediaToView, toViewer } from './viewable.ts'

/** A small view of a media: a player for video and sound, the thumbnail of all else. */
export const MediaPreview = ({ media }: { media: MediaDetail }) => {
  const viewable = mediaToView(media)
  return (
    <div className={styles.preview}>
      {toViewer(viewable) === 'player' ? (
        <PlayerViewer key={viewable.versionId} media={viewable} hasTimeline={false} />
      ) : (
        <span className={styles.still}>
          <MediaThumb media={media} />
        </span>
      )}
    </div>
  )
}
