import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './Notice.module.css'

const icons = { danger: CircleAlert, warning: TriangleAlert, success: CircleCheck, neutral: Info }

interface NoticeProps {
  tone?: keyof typeof icons
  title?: string
  children?: ReactNode
  action?: ReactNode
  /** Whether screen readers read it at once: for notices that appear as the answer to an action. */
  isAlert?: boolean
}

/** A message within a screen or dialog, beside what it is about. */
export const Notice = ({ tone = 'neutral', title, children, action, isAlert = false }: NoticeProps) => {
  const Icon = icons[tone]
  return (
    <div className={styles.notice} data-tone={tone} role={isAlert ? 'alert' : undefined}>
      <Icon size={18} aria-hidden />
      <div className={styles.text}>
        {title !== undefined && <p className={styles.title}>{title}</p>}
        {children}
      </div>
      {action}
    </div>
  )
}
