import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { LogEvent } from '../../data/log.ts'
import { useFormat } from '../format.ts'
import { IconButton } from '../ui/IconButton.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import styles from './EventTable.module.css'

const EventDetails = ({ event }: { event: LogEvent }) => {
  const t = useTranslations('log')
  const [isOpen, setIsOpen] = useState(false)
  return (
    <div className={styles.details}>
      <IconButton
        label={isOpen ? t('hide') : t('show')}
        icon={isOpen ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />}
        aria-expanded={isOpen}
        onPress={() => setIsOpen(!isOpen)}
      />
      {isOpen && (
        <div>
          <pre className={styles.data}>{JSON.stringify(event.data, null, 2)}</pre>
          {event.requestId !== null && <p>{t('request', { id: event.requestId })}</p>}
          {event.mediaId !== null && (
            <Link to="/library" search={{ media: event.mediaId }}>
              {t('openMedia')}
            </Link>
          )}
        </div>
      )}
    </div>
  )
}

/** Events of the log: who did what to which object, and when. */
export const EventTable = ({ events }: { events: readonly LogEvent[] }) => {
  const t = useTranslations('log')
  const format = useFormat()
  const columns: Column<LogEvent>[] = [
    {
      key: 'when',
      title: t('when'),
      render: ({ at }) => (
        <time className={styles.time} dateTime={at}>
          {format.dateTime(at)}
        </time>
      ),
    },
    { key: 'action', title: t('action'), render: ({ action }) => <code>{action}</code> },
    { key: 'actor', title: t('actor'), render: ({ actor }) => actor?.name ?? t('server') },
    { key: 'object', title: t('object'), render: ({ nodeId }) => <code className={styles.id}>{nodeId}</code> },
    { key: 'details', title: t('details'), render: (event) => <EventDetails event={event} /> },
  ]
  return <Table caption={t('list')} columns={columns} rows={events} rowKey={({ id }) => id} />
}
