import type { ReactNode } from 'react'
import styles from './ScreenHeader.module.css'

interface ScreenHeaderProps {
  title: string
  /** Where the screen lies, for example the media that it belongs to. */
  above?: ReactNode
  children?: ReactNode
}

/** Title of a screen with its actions. It also names the browser's tab. */
export const ScreenHeader = ({ title, above, children }: ScreenHeaderProps) => (
  <header className={styles.header}>
    <title>{`${title} · Mediagraph`}</title>
    <div className={styles.titles}>
      {above}
      <h1>{title}</h1>
    </div>
    <div className={styles.actions}>{children}</div>
  </header>
)
