import { Radio, RefreshCw, WifiOff } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useConnection } from '../../data/connection.ts'
import styles from './ActivityTray.module.css'

const icons = { idle: Radio, connected: Radio, polling: RefreshCw, offline: WifiOff }

/** Says how changes by others arrive on this page. */
export const ConnectionState = () => {
  const t = useTranslations('operations')
  const connection = useConnection()
  const Icon = icons[connection]
  return (
    <p className={styles.connection} data-connection={connection}>
      <Icon size={14} aria-hidden />
      {t('connection', { connection })}
    </p>
  )
}
