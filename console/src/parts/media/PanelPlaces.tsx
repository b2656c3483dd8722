import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { useMediaAssignments } from '../../data/mediaAssignments.ts'
import { useMediaUsages } from '../../data/mediaUsages.ts'
import { nameOfResource } from '../delete/ResourcePath.tsx'
import { useFormat } from '../format.ts'
import { Problem } from '../ui/Problem.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './DetailPanel.module.css'

/** Number of places and people that the panel names. */
const maxItems = 5

/** The first places that show a media. */
export const PanelUsages = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const { data: usages, error } = useMediaUsages(media.id)
  return (
    <section className={styles.section}>
      <h3>{t('usages.title')}</h3>
      {error !== null && <Problem error={error} />}
      {usages === undefined && error === null && <Skeleton />}
      {usages?.length === 0 && <p className={styles.muted}>{t('usages.empty')}</p>}
      <ul className={styles.list}>
        {usages?.slice(0, maxItems).map(({ id, resource }) => (
          <li key={id}>
            <p>{nameOfResource(resource)}</p>
            <p className={styles.muted}>{resource.ancestors.map(nameOfResource).join(' › ')}</p>
          </li>
        ))}
      </ul>
      {media.usageCount > maxItems && (
        <Link to="/library/$id/$tab" params={{ id: media.id, tab: 'usages' }}>
          {t('usages.count', { count: media.usageCount })}
        </Link>
      )}
    </section>
  )
}

/** People whose current media this is, with the person who assigned it, and when. */
export const PanelAssignments = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const format = useFormat()
  const { data: assignments, error } = useMediaAssignments(media.id, true)
  return (
    <section className={styles.section}>
      <h3>{t('assignedTo')}</h3>
      {error !== null && <Problem error={error} />}
      {assignments === undefined && error === null && <Skeleton />}
      {assignments?.length === 0 && <p className={styles.muted}>{t('notAssigned')}</p>}
      <ul className={styles.list}>
        {assignments?.slice(0, maxItems).map(({ id, user, assignedBy, assignedAt }) => (
          <li key={id}>
            <p>{user.name}</p>
            <p className={styles.muted}>
              {t('assignments.by')} {assignedBy?.name ?? t('history.server')}, {format.relative(assignedAt)}
            </p>
          </li>
        ))}
      </ul>
      {assignments !== undefined && assignments.length > maxItems && (
        <Link to="/library/$id/$tab" params={{ id: media.id, tab: 'assignments' }}>
          {t('assignments.title')}
        </Link>
      )}
    </section>
  )
}
