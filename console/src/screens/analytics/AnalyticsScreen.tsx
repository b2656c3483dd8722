import { useTranslations } from 'use-intl'
import { useStorage } from '../../data/analytics.ts'
import { useFormat } from '../../parts/format.ts'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import styles from './Analytics.module.css'
import { OrphanCard } from './OrphanCard.tsx'
import { ProcessingCards } from './ProcessingCards.tsx'
import { StorageCharts } from './StorageCharts.tsx'
import { StorageStats } from './StorageStats.tsx'

/** Figures about the library and the workers. */
export const AnalyticsScreen = () => {
  const t = useTranslations('analytics')
  const format = useFormat()
  const { data: storage, error } = useStorage()
  if (error !== null && storage === undefined) throw error
  return (
    <>
      <ScreenHeader title={t('title')}>
        {storage !== undefined && (
          <span className={styles.muted}>{t('computed', { when: format.relative(storage.computedAt) })}</span>
        )}
      </ScreenHeader>
      <div className={styles.screen}>
        {storage === undefined ? (
          <Skeleton height="40rem" />
        ) : (
          <>
            <StorageStats storage={storage} />
            <StorageCharts storage={storage} />
          </>
        )}
        <OrphanCard />
        <ProcessingCards />
      </div>
    </>
  )
}
