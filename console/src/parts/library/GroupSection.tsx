import { ChevronRight } from 'lucide-react'
import { useId } from 'react'
import { useTranslations } from 'use-intl'
import { useMediaGroup } from '../../data/mediaGroup.ts'
import { useFormat } from '../format.ts'
import { MediaThumb } from '../media/MediaThumb.tsx'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './GroupsView.module.css'
import type { MediaGroup } from './groups.ts'
import { type LibrarySearch, toMediaOrder } from './search.ts'

interface GroupSectionProps {
  group: MediaGroup
  search: LibrarySearch
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
  /** Shows all media of the group as a list. */
  onShowAll(): void
  onOpen(id: string): void
}

/** A group of media with their number. It loads them when it is opened. */
export const GroupSection = ({ group, isOpen, onOpenChange, ...media }: GroupSectionProps) => {
  const format = useFormat()
  const panelId = useId()
  return (
    <section className={styles.group}>
      <h2>
        <button
          type="button"
          className={styles.heading}
          aria-expanded={isOpen}
          aria-controls={isOpen ? panelId : undefined}
          onClick={() => onOpenChange(!isOpen)}
        >
          <ChevronRight size={16} aria-hidden />
          <span className={styles.title}>{group.title}</span>
          <span className={styles.count}>{format.number(group.count)}</span>
        </button>
      </h2>
      {isOpen && (
        <div id={panelId} className={styles.panel}>
          <GroupMedia group={group} {...media} />
        </div>
      )}
    </section>
  )
}

const placeholders = ['a', 'b', 'c', 'd', 'e', 'f']

const GroupMedia = ({ group, search, onShowAll, onOpen }: Omit<GroupSectionProps, 'isOpen' | 'onOpenChange'>) => {
  const t = useTranslations('filters')
  const common = useTranslations('common')
  const format = useFormat()
  const list = useMediaGroup(group.filter, toMediaOrder(search))
  if (list.error !== null && list.data === undefined)
    return (
      <Notice tone="danger" action={<Button onPress={() => void list.refetch()}>{common('retry')}</Button>}>
        {list.error.message}
      </Notice>
    )
  if (list.data === undefined)
    return (
      <div className={styles.cards}>
        {placeholders.slice(0, group.count).map((key) => (
          <Skeleton key={key} height="11.25rem" />
        ))}
      </div>
    )
  return (
    <>
      <ul className={styles.cards} aria-label={group.title}>
        {list.data.map((media) => (
          <li key={media.id}>
            <button
              type="button"
              className={styles.card}
              aria-current={media.id === search.media || undefined}
              onClick={() => onOpen(media.id)}
            >
              <span className={styles.picture}>
                <MediaThumb media={media} />
              </span>
              <span className={styles.name}>{media.title}</span>
              <span className={styles.facts}>
                {media.durationSeconds === null
                  ? format.bytes(media.sizeBytes)
                  : format.duration(media.durationSeconds)}
                {' · '}
                {format.date(media.uploadedAt)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div className={styles.more}>
        {list.hasNextPage && (
          <Button size="small" isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
            {common('loadMore')}
          </Button>
        )}
        <Button size="small" variant="quiet" onPress={onShowAll}>
          {t('showGroup', { count: group.count })}
        </Button>
      </div>
    </>
  )
}
