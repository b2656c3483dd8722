import { useTranslations } from 'use-intl'
import type { DatedAssignment } from '../../data/undoWindow.ts'
import { useFormat } from '../format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { AssignedMedia } from './AssignedMedia.tsx'
import { UndoButton } from './UndoButton.tsx'

interface AssignmentTableProps {
  assignments: readonly DatedAssignment[]
  /** Length of the undo window in seconds. */
  undoSeconds: number
  /** Called to assign an earlier media again; null for people who may not. */
  onRevert: ((assignment: DatedAssignment) => void) | null
}

const tones = { CURRENT: 'success', REPLACED: 'neutral', UNDONE: 'neutral', ENDED: 'neutral' } as const

/** Assignments of one person, with the ways to undo the last and to return to an earlier one. */
export const AssignmentTable = ({ assignments, undoSeconds, onRevert }: AssignmentTableProps) => {
  const t = useTranslations('people')
  const format = useFormat()
  const columns: Column<DatedAssignment>[] = [
    {
      key: 'media',
      title: t('media'),
      render: ({ media, mediaTitle }) => <AssignedMedia media={media} title={mediaTitle} />,
    },
    {
      key: 'status',
      title: t('status'),
      render: ({ status }) => <Badge tone={tones[status]}>{t('statusOf', { status })}</Badge>,
    },
    { key: 'when', title: t('when'), render: ({ assignedAt }) => format.dateTime(assignedAt) },
    { key: 'by', title: t('by'), render: ({ assignedBy }) => assignedBy?.name },
    {
      key: 'actions',
      title: t('actions'),
      render: (assignment) =>
        assignment.status === 'CURRENT' ? (
          <UndoButton
            recent={{ id: assignment.id, count: 1, isBatch: false, assignment }}
            windowSeconds={undoSeconds}
          />
        ) : (
          onRevert !== null && (
            <Button size="small" isDisabled={assignment.media?.status !== 'READY'} onPress={() => onRevert(assignment)}>
              {t('revert')}
            </Button>
          )
        ),
    },
  ]
  return <Table caption={t('history')} columns={columns} rows={assignments} rowKey={({ id }) => id} />
}
