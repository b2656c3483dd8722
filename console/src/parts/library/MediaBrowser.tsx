import { Images } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import { useMediaCount, useMediaList } from '../../data/mediaList.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { FilterFrame } from './FilterFrame.tsx'
import { GroupsView } from './GroupsView.tsx'
import styles from './MediaBrowser.module.css'
import { MediaGrid } from './MediaGrid.tsx'
import { NoMatch } from './NoMatch.tsx'
import { hasConditions, type LibrarySearch, toListFilter, toMediaOrder } from './search.ts'

export interface MediaBrowserProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  /** Kinds to which the list is restricted, whatever the search says. Absent: all. */
  kinds?: readonly MediaKind[]
  /** Opens a media: by double click, by Enter, or by a click where there is nothing to select. */
  onOpen(id: string): void
}

/** The library's own browser: search, filters and a list of media. The library, the selector and the picker show it. */
export const MediaBrowser = ({ search, onSearch, kinds, onOpen }: MediaBrowserProps) => {
  const t = useTranslations('library')
  const filter = toListFilter(search, kinds)
  const list = useMediaList(filter, toMediaOrder(search))
  const count = useMediaCount(filter)
  const media = list.data?.pages.flatMap(({ mediaList }) => mediaList.nodes) ?? []
  if (list.error !== null && list.data === undefined) throw list.error
  return (
    <FilterFrame search={search} onSearch={onSearch} kinds={kinds} count={count.data ?? null}>
      {search.view === 'groups' ? (
        <GroupsView search={search} onSearch={onSearch} kinds={kinds} onOpen={onOpen} />
      ) : list.isPending ? (
        <div className={styles.skeletons}>
          {Array.from({ length: 12 }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
            <Skeleton key={index} height="11rem" />
          ))}
        </div>
      ) : media.length > 0 ? (
        <MediaGrid
          media={media}
          onOpen={onOpen}
          onEnd={() => list.hasNextPage && !list.isFetching && void list.fetchNextPage()}
        />
      ) : hasConditions(search) ? (
        <NoMatch search={search} onSearch={onSearch} kinds={kinds} />
      ) : (
        <EmptyState icon={<Images size={24} aria-hidden />} title={t('empty')}>
          {t('emptyHint')}
        </EmptyState>
      )}
    </FilterFrame>
  )
}
