import { ZoomIn, ZoomOut } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useFormat } from '../format.ts'
import { Button } from '../ui/Button.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import styles from './MediaViewer.module.css'
import { toImageUrl, type Viewable } from './viewable.ts'

const minZoom = 0.1
const maxZoom = 8

/** Zoom at which a picture fits into its box; it is not enlarged. */
const fittedZoom = (image: HTMLImageElement | null): number =>
  image === null || image.naturalWidth === 0
    ? 1
    : Math.min(1, image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight)

/** Shows a picture: fitted, or at a size that the person chooses. */
export const ImageViewer = ({ media }: { media: Viewable }) => {
  const t = useTranslations('media.viewer')
  const { number } = useFormat()
  // Null: fitted into the space that there is.
  const [zoom, setZoom] = useState<number | null>(null)
  const [image, setImage] = useState<HTMLImageElement | null>(null)
  const scale = (factor: number): void => {
    setZoom(Math.min(maxZoom, Math.max(minZoom, (zoom ?? fittedZoom(image)) * factor)))
  }
  const width = zoom === null || image === null ? undefined : image.naturalWidth * zoom
  return (
    <div className={styles.player}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={styles.canvas} aria-label={t('image', { title: media.title })} tabIndex={0}>
        <img
          ref={setImage}
          className={zoom === null ? styles.fitted : styles.zoomed}
          src={toImageUrl(media) ?? undefined}
          alt={media.altText ?? media.title}
          style={{ width }}
        />
      </section>
      <div className={styles.tools}>
        <IconButton label={t('zoomOut')} icon={<ZoomOut aria-hidden />} onPress={() => scale(1 / 1.25)} />
        <span className={styles.zoom} aria-live="polite">
          {zoom === null ? t('fit') : `${number(Math.round(zoom * 100))} %`}
        </span>
        <IconButton label={t('zoomIn')} icon={<ZoomIn aria-hidden />} onPress={() => scale(1.25)} />
        <Button size="small" variant="quiet" onPress={() => setZoom(null)}>
          {t('fit')}
        </Button>
        <Button size="small" variant="quiet" onPress={() => setZoom(1)}>
          {t('actualSize')}
        </Button>
      </div>
    </div>
  )
}
