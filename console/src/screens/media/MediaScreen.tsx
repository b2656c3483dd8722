import { getRouteApi } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { useMedia } from '../../data/media.ts'
import { NotFoundPage } from '../../parts/shell/ErrorPage.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import { MediaPage } from './MediaPage.tsx'
import styles from './MediaScreen.module.css'

const route = getRouteApi('/shell/library/$id/$tab')

/** Everything about one media. */
export const MediaScreen = () => {
  const t = useTranslations('media')
  const { id } = route.useParams()
  const { data: media, error } = useMedia(id)
  if (media === undefined) {
    if (error !== null) throw error
    return (
      <div className={styles.loading} role="status" aria-label={t('loading')}>
        <Skeleton width="18rem" height="1.75rem" />
        <Skeleton height="2.5rem" />
        <Skeleton height="60vh" />
      </div>
    )
  }
  if (media === null) return <NotFoundPage title={t('gone.title')} hint={t('gone.hint')} />
  return <MediaPage key={media.id} media={media} />
}
