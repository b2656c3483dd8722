import { useTranslations } from 'use-intl'
import type { MediaCard as Card } from '../../data/mediaList.ts'
import { MediaThumb } from '../media/MediaThumb.tsx'
import { Button } from '../ui/Button.tsx'
import styles from './MediaGrid.module.css'

interface MediaGridProps {
  media: readonly Card[]
  onOpen(id: string): void
  /** Called when the end of the loaded media is reached. */
  onEnd(): void
}

export const MediaGrid = ({ media, onOpen, onEnd }: MediaGridProps) => {
  const t = useTranslations('common')
  return (
    <div className={styles.scroll}>
      <ul className={styles.grid}>
        {media.map((card) => (
          <li key={card.id}>
            <button type="button" className={styles.card} onClick={() => onOpen(card.id)}>
              <span className={styles.picture}>
                <MediaThumb media={card} />
              </span>
              <span className={styles.title}>{card.title}</span>
            </button>
          </li>
        ))}
      </ul>
      <Button onPress={onEnd}>{t('loadMore')}</Button>
    </div>
  )
}
