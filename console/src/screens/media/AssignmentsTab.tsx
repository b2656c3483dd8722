import { UserRound } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { type MediaAssignment, useMediaAssignments } from '../../data/mediaAssignments.ts'
import { useFormat } from '../../parts/format.ts'
import { Badge } from '../../parts/ui/Badge.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { PagedContent } from '../../parts/ui/PagedContent.tsx'
import { Select } from '../../parts/ui/Select.tsx'
import { type Column, Table } from '../../parts/ui/Table.tsx'
import styles from './MediaScreen.module.css'

/** People who have a media now, or had it: who assigned it, and when. */
export const AssignmentsTab = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const format = useFormat()
  const [shown, setShown] = useState<'current' | 'all'>('current')
  const query = useMediaAssignments(media.id, shown === 'current')
  const columns: Column<MediaAssignment>[] = [
    { key: 'person', title: t('assignments.person'), render: ({ user }) => user.name },
    {
      key: 'by',
      title: t('assignments.by'),
      render: ({ assignedBy }) => assignedBy?.name ?? t('history.server'),
    },
    { key: 'at', title: t('assignments.at'), render: ({ assignedAt }) => format.dateTime(assignedAt) },
    {
      key: 'state',
      title: t('assignments.state'),
      render: ({ status }) => (
        <Badge tone={status === 'CURRENT' ? 'success' : 'neutral'}>{t('assignments.status', { status })}</Badge>
      ),
    },
  ]
  const empty = (
    <EmptyState
      icon={<UserRound size={24} aria-hidden />}
      title={shown === 'current' ? t('assignments.empty') : t('assignments.emptyAll')}
    />
  )
  return (
    <div className={styles.stack}>
      <span className={styles.select}>
        <Select<'current' | 'all'>
          label={t('assignments.show')}
          isLabelHidden
          value={shown}
          onChange={setShown}
          options={[
            { value: 'current', label: t('assignments.current') },
            { value: 'all', label: t('assignments.all') },
          ]}
        />
      </span>
      <PagedContent query={query} empty={empty}>
        {(assignments) => (
          <Table caption={t('assignments.title')} columns={columns} rows={assignments} rowKey={({ id }) => id} />
        )}
      </PagedContent>
    </div>
  )
}
