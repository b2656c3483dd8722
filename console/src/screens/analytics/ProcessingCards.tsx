import { useTranslations } from 'use-intl'
import { useProcessing } from '../../data/analytics.ts'
import { BarList } from '../../parts/charts/BarList.tsx'
import { ChartCard } from '../../parts/charts/ChartCard.tsx'
import { Stat } from '../../parts/charts/Stat.tsx'
import { useFormat } from '../../parts/format.ts'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import styles from './Analytics.module.css'

/** Workload of the workers. */
export const ProcessingCards = () => {
  const t = useTranslations('analytics')
  const format = useFormat()
  const { data: processing, error } = useProcessing()
  if (error !== null && processing === undefined) throw error
  if (processing === undefined) return <Skeleton height="12rem" />
  const { oldestQueuedSeconds, medianSecondsByProfile: times } = processing
  const formatSeconds = (seconds: number): string => t('seconds', { seconds })
  return (
    <>
      <h2>{t('processing')}</h2>
      <dl className={styles.stats}>
        <Stat
          label={t('queued')}
          value={format.number(processing.queued)}
          hint={oldestQueuedSeconds === null ? undefined : t('oldest', { seconds: Math.round(oldestQueuedSeconds) })}
        />
        <Stat label={t('running')} value={format.number(processing.running)} />
        <Stat label={t('succeeded')} value={format.number(processing.succeededLast24h)} />
        <Stat label={t('failed')} value={format.number(processing.failedLast24h)} />
      </dl>
      <ChartCard
        title={t('median')}
        summary={t('median')}
        rows={times}
        rowKey={({ profile }) => profile}
        columns={[
          { key: 'profile', title: t('profile'), render: ({ profile }) => profile },
          { key: 'seconds', title: t('median'), isNumber: true, render: ({ seconds }) => formatSeconds(seconds) },
        ]}
        chart={
          times.length === 0 ? (
            <p className={styles.muted}>{t('noTimes')}</p>
          ) : (
            <BarList
              values={times.map(({ profile, seconds }) => ({ key: profile, label: profile, value: seconds }))}
              formatValue={formatSeconds}
            />
          )
        }
      />
    </>
  )
}
