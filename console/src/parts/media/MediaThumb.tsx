import { File, FileText, Film, Image, Music } from 'lucide-react'
import { useState } from 'react'
import { thumbHashToAverageRGBA } from 'thumbhash'
import type { MediaKind } from '../../api/generated/documents.ts'
import styles from './MediaThumb.module.css'

const icons = { VIDEO: Film, AUDIO: Music, IMAGE: Image, DOCUMENT: FileText, OTHER: File } satisfies Record<
  MediaKind,
  unknown
>

interface MediaThumbProps {
  media: { kind: MediaKind; thumbnail: string | null; thumbnailPlaceholder: string | null }
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

/** Average colour of the picture, as CSS: shown until the picture is loaded. */
const averageColor = (placeholder: string): string => {
  const { r, g, b } = thumbHashToAverageRGBA(bytesOf(placeholder))
  return `rgb(${[r, g, b].map((part) => Math.round(part * 255)).join(' ')})`
}

/** Picture of a media, or the icon of its kind. It fills its box and says nothing to screen readers. */
export const MediaThumb = ({ media: { kind, thumbnail, thumbnailPlaceholder } }: MediaThumbProps) => {
  const [failedUrl, setFailedUrl] = useState<string | null>(null)
  const Icon = icons[kind]
  const background = thumbnailPlaceholder === null ? undefined : averageColor(thumbnailPlaceholder)
  return (
    <span className={styles.thumb} style={{ background }}>
      {thumbnail === null || thumbnail === failedUrl ? (
        <Icon aria-hidden />
      ) : (
        <img
          src={thumbnail}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setFailedUrl(thumbnail)}
        />
      )}
    </span>
  )
}
