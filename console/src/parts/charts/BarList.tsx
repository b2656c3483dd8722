import { scaleLinear } from '@visx/scale'
import styles from './Chart.module.css'
import type { ChartValue } from './ColumnChart.tsx'

interface BarListProps {
  values: readonly ChartValue[]
  formatValue(value: number): string
}

/** Horizontal bars with their labels and numbers as text. */
export const BarList = ({ values, formatValue }: BarListProps) => {
  const percentOf = scaleLinear({ domain: [0, Math.max(1, ...values.map(({ value }) => value))], range: [0, 100] })
  return (
    <ul className={styles.bars}>
      {values.map(({ key, label, value }) => (
        <li key={key} className={styles.row}>
          <span className={styles.label}>{label}</span>
          <span className={styles.track} aria-hidden>
            <span className={styles.fill} style={{ width: `${percentOf(value)}%` }} />
          </span>
          <span className={styles.value}>{formatValue(value)}</span>
        </li>
      ))}
    </ul>
  )
}
