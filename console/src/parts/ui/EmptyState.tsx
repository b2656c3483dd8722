import type { ReactNode } from 'react'
import styles from './EmptyState.module.css'

interface EmptyStateProps {
  icon?: ReactNode
  title: string
  /** Whether it takes the place of a whole screen, whose heading it then is. */
  isScreen?: boolean
  children?: ReactNode
  /** The one thing to do next. */
  action?: ReactNode
}

/** Shown where a list has no item: why, and the next step. */
export const EmptyState = ({ icon, title, isScreen = false, children, action }: EmptyStateProps) => (
  <div className={styles.empty}>
    {icon !== undefined && <span className={styles.icon}>{icon}</span>}
    {isScreen ? <h1 className={styles.title}>{title}</h1> : <p className={styles.title}>{title}</p>}
    {children !== undefined && <div className={styles.text}>{children}</div>}
    {action}
  </div>
)
