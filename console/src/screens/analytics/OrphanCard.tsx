import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useOrphans } from '../../data/analytics.ts'
import { useFormat } from '../../parts/format.ts'
import { Select } from '../../parts/ui/Select.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import styles from './Analytics.module.css'

const dayCounts = [0, 30, 90, 180, 365] as const

/** Media that have not been used for some time, and the way to clean them up. */
export const OrphanCard = () => {
  const t = useTranslations('analytics')
  const format = useFormat()
  const [days, setDays] = useState<number>(30)
  const { data: orphans, error } = useOrphans(days)
  if (error !== null && orphans === undefined) throw error
  return (
    <section className={styles.card} aria-label={t('orphans')}>
      <h2>{t('orphans')}</h2>
      <div className={styles.row}>
        <Select
          label={t('orphansFor')}
          options={dayCounts.map((count) => ({ value: String(count), label: t('days', { days: count }) }))}
          value={String(days)}
          onChange={(value) => setDays(Number(value))}
        />
        {orphans === undefined ? (
          <Skeleton width="20rem" height="2.5rem" />
        ) : (
          <div role="status">
            <p>{t('orphansText', { files: orphans.files, bytes: format.bytes(orphans.bytes) })}</p>
            <p className={styles.muted}>
              {t('orphansDetail', { never: orphans.neverUsed, former: orphans.noLongerUsed })}
            </p>
          </div>
        )}
        <Link to="/library" search={{ unused: days }}>
          {t('orphansOpen')}
        </Link>
      </div>
    </section>
  )
}
