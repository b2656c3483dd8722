import { Activity } from 'lucide-react'
import { useId, useRef } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { useTranslations } from 'use-intl'
import { useConnection } from '../../data/connection.ts'
import { isFinished } from '../../data/operationCache.ts'
import { useOperationsFeed, useRecentOperations } from '../../data/operations.ts'
import { useTray } from '../../state/tray.ts'
import styles from './ActivityTray.module.css'
import { TrayPanel } from './TrayPanel.tsx'
import { traySections } from './traySections.ts'
import { useEndedOperations } from './useEndedOperations.ts'

const useRunningCount = (ownCount: number): number =>
  // biome-ignore lint/correctness/useHookAtTopLevel: the list of sections never changes.
  traySections.reduce((sum, section) => sum + section.useRunningCount(), ownCount)

/** Button with the number of things in progress, and their list: uploads, operations, the connection. */
export const ActivityTray = () => {
  const t = useTranslations('operations')
  const panelId = useId()
  const button = useRef<HTMLButtonElement>(null)
  const { isOpen, setOpen } = useTray()
  useOperationsFeed()
  const { data: operations } = useRecentOperations()
  useEndedOperations(operations)
  const connection = useConnection()
  const count = useRunningCount((operations ?? []).filter((operation) => !isFinished(operation)).length)
  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <div className={styles.tray}>
      <AriaButton
        ref={button}
        className={styles.button}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        onPress={() => setOpen(!isOpen)}
      >
        <Activity size={18} aria-hidden />
        <span className={styles.label}>{t('activity')}</span>
        {count > 0 && (
          <span className={styles.badge}>
            {count}
            <span className="visually-hidden"> {t('inProgress')}</span>
          </span>
        )}
        {count === 0 && (connection === 'polling' || connection === 'offline') && (
          <span className={styles.dot}>
            <span className="visually-hidden">{t('connection', { connection })}</span>
          </span>
        )}
      </AriaButton>
      {isOpen && <TrayPanel id={panelId} operations={operations ?? []} onClose={close} />}
    </div>
  )
}
