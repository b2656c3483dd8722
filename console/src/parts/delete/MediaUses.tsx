import { useTranslations } from 'use-intl'
import { useCurrentAssignees, useUsagePlaces } from '../../data/usages.ts'
import { Button } from '../ui/Button.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './DeleteDialog.module.css'
import { ResourcePath } from './ResourcePath.tsx'

interface MediaUsesProps {
  id: string
  usageCount: number
  assignmentCount: number
}

/** Lists where a media is shown and to whom it is assigned, page by page. */
export const MediaUses = ({ id, usageCount, assignmentCount }: MediaUsesProps) => {
  const t = useTranslations('trash')
  const tCommon = useTranslations('common')
  const usages = useUsagePlaces(id, usageCount > 0)
  const assignees = useCurrentAssignees(id, assignmentCount > 0)
  return (
    <>
      {usageCount > 0 && (
        <section className={styles.uses}>
          <h3>{t('usages', { count: usageCount })}</h3>
          <ul className={styles.list}>
            {usages.data === undefined && <Skeleton height="2.5rem" />}
            {usages.data?.places.map((place) => (
              <li key={place.id}>
                <ResourcePath resource={place.resource} />
              </li>
            ))}
          </ul>
          {usages.hasNextPage && (
            <Button size="small" isPending={usages.isFetchingNextPage} onPress={() => void usages.fetchNextPage()}>
              {tCommon('loadMore')}
            </Button>
          )}
        </section>
      )}
      {assignmentCount > 0 && (
        <section className={styles.uses}>
          <h3>{t('assignees', { count: assignmentCount })}</h3>
          <ul className={styles.list}>
            {assignees.data === undefined && <Skeleton height="2.5rem" />}
            {assignees.data?.people.map((person) => (
              <li key={person.id}>{person.name}</li>
            ))}
          </ul>
          {assignees.hasNextPage && (
            <Button
              size="small"
              isPending={assignees.isFetchingNextPage}
              onPress={() => void assignees.fetchNextPage()}
            >
              {tCommon('loadMore')}
            </Button>
          )}
        </section>
      )}
    </>
  )
}
