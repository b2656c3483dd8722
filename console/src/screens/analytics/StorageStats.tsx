import { useFormatter, useTranslations } from 'use-intl'
import type { Storage } from '../../data/analytics.ts'
import { Stat } from '../../parts/charts/Stat.tsx'
import { useFormat } from '../../parts/format.ts'
import styles from './Analytics.module.css'

/** The most important numbers of the library. */
export const StorageStats = ({ storage }: { storage: Storage }) => {
  const t = useTranslations('analytics')
  const format = useFormat()
  const formatter = useFormatter()
  const share = storage.totalFiles === 0 ? 0 : storage.usedFiles / storage.totalFiles
  return (
    <dl className={styles.stats}>
      <Stat
        label={t('files')}
        value={format.number(storage.totalFiles)}
        hint={t('filesHint', { bytes: format.bytes(storage.totalBytes) })}
      />
      <Stat
        label={t('stored')}
        value={format.bytes(storage.storedBytes)}
        hint={t('storedHint', { bytes: format.bytes(storage.deduplicatedBytes) })}
      />
      <Stat
        label={t('used')}
        value={format.number(storage.usedFiles)}
        hint={t('usedHint', {
          percent: formatter.number(share, { style: 'percent' }),
          unused: storage.unusedFiles,
        })}
      />
      <Stat label={t('trash')} value={format.bytes(storage.trashedBytes)} hint={t('trashHint')} />
    </dl>
  )
}
