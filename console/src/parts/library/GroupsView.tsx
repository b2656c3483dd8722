import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import { useOpenGroups } from '../../state/openGroups.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Select } from '../ui/Select.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { GroupSection } from './GroupSection.tsx'
import styles from './GroupsView.module.css'
import { NoMatch } from './NoMatch.tsx'
import { activeParts, groupings, type LibrarySearch } from './search.ts'
import { useMediaGroups } from './useMediaGroups.ts'

interface GroupsViewProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  /** Kinds to which the list is restricted. Absent: all. */
  kinds?: readonly MediaKind[]
  onOpen(id: string): void
}

/** Groups that a facet of the server lists at most. */
const maxGroups = 100

/** The list of media in groups that load their media when they are opened. */
export const GroupsView = ({ search, onSearch, kinds, onOpen }: GroupsViewProps) => {
  const t = useTranslations('filters')
  const common = useTranslations('common')
  const grouping = search.group ?? 'folder'
  const { groups, error, refetch } = useMediaGroups(grouping, search, kinds)
  const { keys, setOpen } = useOpenGroups()
  return (
    <div className={styles.view}>
      <div className={styles.head}>
        <Select
          label={t('groupBy')}
          isLabelHidden
          options={groupings.map((value) => ({ value, label: t('grouping', { grouping: value }) }))}
          value={grouping}
          onChange={(group) => onSearch({ group })}
        />
        <p className={styles.note}>
          {groups !== undefined && t('groupCount', { count: groups.length })}
          {groups?.length === maxGroups && ` ${t('largestGroups')}`}
          {grouping === 'course' && ` ${t('notInCourse')}`}
        </p>
      </div>
      {error !== null && groups === undefined && (
        <Notice tone="danger" action={<Button onPress={() => void refetch()}>{common('retry')}</Button>}>
          {error.message}
        </Notice>
      )}
      {error === null && groups === undefined && (
        <div className={styles.skeletons}>
          <Skeleton height="2.75rem" />
          <Skeleton height="2.75rem" />
          <Skeleton height="2.75rem" />
        </div>
      )}
      {groups?.length === 0 && activeParts(search).length > 0 && (
        <NoMatch search={search} onSearch={onSearch} kinds={kinds} />
      )}
      {groups?.map((group) => (
        <GroupSection
          key={group.key}
          group={group}
          search={search}
          isOpen={keys.has(group.key)}
          onOpenChange={(isOpen) => setOpen(group.key, isOpen)}
          onShowAll={() => onSearch({ ...group.change, view: undefined })}
          onOpen={onOpen}
        />
      ))}
    </div>
  )
}
