import { useTranslations } from 'use-intl'
import { useRecentAssignments } from '../../data/assignments.ts'
import { useSession } from '../../data/session.ts'
import { useFormat } from '../format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { AssignedMedia } from './AssignedMedia.tsx'
import choice from './Choice.module.css'
import styles from './RecentAssignments.module.css'
import { UndoButton } from './UndoButton.tsx'

/** Lists what the caller has assigned lately, with the time that is left to undo it. */
export const RecentAssignments = () => {
  const t = useTranslations('playground')
  const people = useTranslations('people')
  const format = useFormat()
  const { viewer, settings } = useSession()
  const { data, error } = useRecentAssignments(viewer.id)
  if (error !== null && data === undefined) throw error
  return (
    <section className={choice.column} aria-label={t('recent')}>
      <h2>{t('recent')}</h2>
      {data === undefined && <Skeleton height="12rem" />}
      {data?.length === 0 && <p className={styles.none}>{t('noneRecent')}</p>}
      <ul className={styles.list}>
        {data?.map((recent) => {
          const { id, count, isBatch, assignment } = recent
          const whom = isBatch ? t('toPeople', { count }) : t('toPerson', { person: assignment.user.name })
          return (
            <li key={id} className={styles.entry}>
              <AssignedMedia
                media={assignment.media}
                title={assignment.mediaTitle}
                detail={`${whom} · ${format.relative(assignment.assignedAt)}`}
              />
              {assignment.status !== 'CURRENT' && <Badge>{people('statusOf', { status: assignment.status })}</Badge>}
              <UndoButton recent={recent} windowSeconds={settings.undoSeconds} />
            </li>
          )
        })}
      </ul>
    </section>
  )
}
