import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { isFinished, type Operation } from '../../data/operationCache.ts'
import { IconButton } from '../ui/IconButton.tsx'
import styles from './ActivityTray.module.css'
import { ConnectionState } from './ConnectionState.tsx'
import { OperationItem } from './OperationItem.tsx'
import { traySections } from './traySections.ts'

const maxEnded = 3

interface TrayPanelProps {
  id: string
  operations: readonly Operation[]
  onClose(): void
}

/** Lists what is in progress, what ended last, and the state of the connection. */
export const TrayPanel = ({ id, operations, onClose }: TrayPanelProps) => {
  const t = useTranslations('operations')
  const tCommon = useTranslations('common')
  const running = operations.filter((operation) => !isFinished(operation))
  const shown = [...running, ...operations.filter(isFinished).slice(0, maxEnded)]
  return (
    <section
      id={id}
      className={styles.panel}
      aria-label={t('activity')}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header className={styles.header}>
        <h2 className={styles.title}>{t('activity')}</h2>
        <IconButton label={tCommon('close')} icon={<X aria-hidden />} onPress={onClose} />
      </header>
      <div className={styles.lists}>
        {traySections.map(({ id: sectionId, Section }) => (
          <Section key={sectionId} />
        ))}
        {shown.length === 0 ? (
          <p className={styles.nothing}>{t('nothing')}</p>
        ) : (
          <ul>
            {shown.map((operation) => (
              <li key={operation.id} className={styles.entry}>
                <OperationItem operation={operation} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <footer className={styles.footer}>
        <ConnectionState />
        <Link to="/operations">{t('all')}</Link>
      </footer>
    </section>
  )
}
