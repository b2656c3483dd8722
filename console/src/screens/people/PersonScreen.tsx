import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useRevert } from '../../data/assignments.ts'
import { useSession } from '../../data/session.ts'
import type { DatedAssignment } from '../../data/undoWindow.ts'
import { useFollowPerson, usePerson, usePersonAssignments } from '../../data/users.ts'
import { AssignedMedia } from '../../parts/people/AssignedMedia.tsx'
import { AssignmentTable } from '../../parts/people/AssignmentTable.tsx'
import { NotFoundPage } from '../../parts/shell/ErrorPage.tsx'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Badge } from '../../parts/ui/Badge.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { Dialog } from '../../parts/ui/Dialog.tsx'
import { Notice } from '../../parts/ui/Notice.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import { useToasts } from '../../state/toasts.ts'
import styles from './People.module.css'

interface RevertDialogProps {
  assignment: DatedAssignment
  onClose(): void
}

const RevertDialog = ({ assignment, onClose }: RevertDialogProps) => {
  const t = useTranslations('people')
  const common = useTranslations('common')
  const show = useToasts((state) => state.show)
  const revert = useRevert()
  const names = { person: assignment.user.name, title: assignment.mediaTitle }
  const confirm = (): void =>
    revert.mutate(
      { userId: assignment.user.id, toAssignmentId: assignment.id },
      {
        onSuccess: () => {
          show({ tone: 'success', message: t('reverted', names) })
          onClose()
        },
      },
    )
  return (
    <Dialog
      title={t('revertTitle')}
      size="small"
      isOpen
      isAlert
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{common('cancel')}</Button>
          <Button variant="primary" isPending={revert.isPending} onPress={confirm}>
            {t('revert')}
          </Button>
        </>
      }
    >
      <p>{t('revertText', names)}</p>
      {revert.error !== null && <Notice tone="danger" title={revert.error.message} isAlert />}
    </Dialog>
  )
}

/** One person: the media that is assigned now, and everything before. */
export const PersonScreen = () => {
  const t = useTranslations('people')
  const common = useTranslations('common')
  const { id } = useParams({ from: '/shell/people/$id' })
  const { viewer, settings } = useSession()
  const person = usePerson(id)
  const history = usePersonAssignments(id)
  useFollowPerson(id)
  const [reverted, setReverted] = useState<DatedAssignment | null>(null)
  const error = person.error ?? history.error
  if (error !== null && (person.data === undefined || history.data === undefined)) throw error
  if (person.data === null) return <NotFoundPage title={t('unknown')} />
  const isOwn = id === viewer.id
  const current = person.data?.currentAssignment ?? null
  return (
    <>
      <ScreenHeader title={isOwn ? t('own') : (person.data?.name ?? '…')}>
        {person.data !== undefined && <Badge>{t('roleOf', { role: person.data.role })}</Badge>}
      </ScreenHeader>
      <div className={styles.screen}>
        <section className={styles.card} aria-label={t('current')}>
          <h2>{t('current')}</h2>
          {person.data === undefined ? (
            <Skeleton height="2.25rem" />
          ) : current === null ? (
            <p className={styles.muted}>{t('nothing')}</p>
          ) : (
            <AssignedMedia media={current.media} title={current.mediaTitle} detail={current.assignedBy?.name} />
          )}
        </section>
        <h2>{t('history')}</h2>
        {history.data === undefined ? (
          <Skeleton height="16rem" />
        ) : history.data.assignments.length === 0 ? (
          <p className={styles.muted}>{isOwn ? t('noHistoryOwn') : t('noHistory')}</p>
        ) : (
          <AssignmentTable
            assignments={history.data.assignments}
            undoSeconds={settings.undoSeconds}
            onRevert={viewer.permissions?.assign === true ? setReverted : null}
          />
        )}
        {history.hasNextPage && (
          <Button isPending={history.isFetchingNextPage} onPress={() => void history.fetchNextPage()}>
            {common('loadMore')}
          </Button>
        )}
      </div>
      {reverted !== null && <RevertDialog assignment={reverted} onClose={() => setReverted(null)} />}
    </>
  )
}
