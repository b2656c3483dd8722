import styles from './Stat.module.css'

interface StatProps {
  label: string
  value: string
  hint?: string
}

/** One number with its name, and a remark. */
export const Stat = ({ label, value, hint }: StatProps) => (
  <div className={styles.stat}>
    <dt className={styles.label}>{label}</dt>
    <dd className={styles.value}>{value}</dd>
    {hint !== undefined && <dd className={styles.hint}>{hint}</dd>}
  </div>
)
