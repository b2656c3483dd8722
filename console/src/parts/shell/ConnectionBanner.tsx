import { useTranslations } from 'use-intl'
import { useConnection } from '../../data/connection.ts'
import styles from './ConnectionBanner.module.css'

/** Says that the console is offline, or that live updates do not arrive. */
export const ConnectionBanner = () => {
  const t = useTranslations('shell')
  const connection = useConnection()
  const isShown = connection === 'offline' || connection === 'polling'
  return (
    <div role="status">
      {isShown && (
        <p className={styles.banner} data-connection={connection}>
          {t(connection)}
        </p>
      )}
    </div>
  )
}
