import { useTranslations } from 'use-intl'
import { usePercent } from '../../data/mediaProgress.ts'
import styles from './ConversionBar.module.css'

/** Progress of the work on a media, which only this bar renders while it moves. */
export const ConversionBar = ({ id }: { id: string }) => {
  const t = useTranslations('library')
  const percent = usePercent(id)
  return (
    <span
      className={styles.bar}
      role="progressbar"
      aria-label={t('processing')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
    >
      <span className={styles.text}>{percent === null ? t('processing') : t('percent', { percent })}</span>
      <span className={styles.track}>
        <span
          className={percent === null ? styles.unknown : styles.fill}
          style={{ width: percent === null ? undefined : `${percent}%` }}
        />
      </span>
    </span>
  )
}
