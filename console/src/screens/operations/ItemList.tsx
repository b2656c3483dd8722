import { useTranslations } from 'use-intl'
import { useMediaTitles } from '../../data/mediaTitles.ts'
import { MediaLink } from '../../parts/bulk/MediaLink.tsx'
import { MediaThumb } from '../../parts/media/MediaThumb.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import styles from './OperationsScreen.module.css'

interface ItemListProps {
  label: string
  items: readonly { nodeId: string; message: string }[]
  hasMore: boolean
  isLoadingMore: boolean
  onMore(): void
}

const noPicture = { kind: 'OTHER', thumbnail: null, thumbnailPlaceholder: null } as const

/** Media that the server says something about, each with a link to it. */
export const ItemList = ({ label, items, hasMore, isLoadingMore, onMore }: ItemListProps) => {
  const t = useTranslations('operations')
  const tCommon = useTranslations('common')
  const titles = useMediaTitles(items.map(({ nodeId }) => nodeId)).data
  return (
    <>
      <ul className={styles.items} aria-label={label}>
        {items.map(({ nodeId, message }) => {
          const media = titles?.get(nodeId)
          return (
            <li key={nodeId} className={styles.item}>
              <span className={styles.picture}>
                <MediaThumb media={media ?? noPicture} />
              </span>
              <div className={styles.text}>
                {media === undefined ? (
                  <p>{titles === undefined ? tCommon('loading') : t('missingMedia')}</p>
                ) : (
                  <MediaLink id={nodeId}>{media.title}</MediaLink>
                )}
                <p className={styles.message}>{message}</p>
              </div>
            </li>
          )
        })}
      </ul>
      {hasMore && (
        <div>
          <Button isPending={isLoadingMore} onPress={onMore}>
            {tCommon('loadMore')}
          </Button>
        </div>
      )}
    </>
  )
}
