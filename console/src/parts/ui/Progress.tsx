import { ProgressBar } from 'react-aria-components/ProgressBar'
import styles from './Progress.module.css'

interface ProgressProps {
  label: string
  /** From 0 to 100; null if it is not known. */
  percent: number | null
  tone?: 'accent' | 'danger' | 'success'
}

/** A bar without text of its own; screen readers read its label. */
export const Progress = ({ label, percent, tone = 'accent' }: ProgressProps) => (
  <ProgressBar
    className={styles.track}
    aria-label={label}
    value={percent ?? 0}
    isIndeterminate={percent === null}
    data-tone={tone}
  >
    <div className={styles.fill} style={{ width: percent === null ? '40%' : `${percent}%` }} />
  </ProgressBar>
)
