import { Images } from 'lucide-react'
import { lazy, Suspense, useEffect, useEffectEvent, useMemo, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import { useMediaCount, useMediaList } from '../../data/mediaList.ts'
import { useFirstContent } from '../../state/firstContent.ts'
import { librarySelection, type SelectionStore } from '../../state/selection.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Notice } from '../ui/Notice.tsx'
import { FilterFrame } from './FilterFrame.tsx'
import { ListSkeleton } from './ListSkeleton.tsx'
import styles from './MediaBrowser.module.css'
import { MediaGrid } from './MediaGrid.tsx'
import { type ChangeSearch, hasConditions, type LibrarySearch, toListFilter, toMediaOrder } from './search.ts'
import { ViewSwitch } from './ViewSwitch.tsx'

const GroupsView = lazy(async () => ({ default: (await import('./GroupsView.tsx')).GroupsView }))
const NoMatch = lazy(async () => ({ default: (await import('./NoMatch.tsx')).NoMatch }))

export interface MediaBrowserProps {
  search: LibrarySearch
  onSearch: ChangeSearch
  /** Kinds to which the list is restricted, whatever the search says. Absent: all. */
  kinds?: readonly MediaKind[]
  /** Selection of this list. Absent: that of the library. */
  selection?: SelectionStore
  /** Opens a media: by a double click, or by Enter. */
  onOpen(id: string): void
  /** Shows the details of a media beside the list, or none. Absent: a click selects. */
  onPreview?(id: string | undefined): void
}

/** The library's own browser: search, filters and a list of media. The library, the selector and the picker show it. */
export const MediaBrowser = ({
  search,
  onSearch,
  kinds,
  selection = librarySelection,
  onOpen,
  onPreview,
}: MediaBrowserProps) => {
  const t = useTranslations('library')
  const tCommon = useTranslations('common')
  const [announcement, setAnnouncement] = useState('')
  const filterText = JSON.stringify(toListFilter(search, kinds))
  const orderText = JSON.stringify(toMediaOrder(search))
  const listedBy = useMemo(
    () => ({ filter: JSON.parse(filterText), order: JSON.parse(orderText) }),
    [filterText, orderText],
  )
  const list = useMediaList(listedBy.filter, listedBy.order, {
    // Selectors also hold media that another list showed.
    onRemoved: (ids) => selection === librarySelection && selection.getState().forget(ids),
  })
  const { isShown: isFirstContentShown, show: showFirstContent } = useFirstContent()
  const { data: count = null } = useMediaCount(listedBy.filter, isFirstContentShown)

  // Media that are not in the list any more must not be changed with it. Selectors collect media from several lists.
  const clear = useEffectEvent(() => {
    const { selection: selected, selectedCount, clear: clearSelection } = selection.getState()
    if (selected.type === 'ids' && (selectedCount() === 0 || selection !== librarySelection)) return
    clearSelection()
    setAnnouncement(t('selectionCleared'))
  })
  useEffect(() => {
    const { listedBy: previous, showList } = selection.getState()
    if (previous !== null && previous !== filterText) clear()
    showList(filterText)
  }, [filterText, selection])

  const { window } = list
  useEffect(() => {
    if (window !== undefined) showFirstContent()
  }, [window, showFirstContent])
  if (list.error !== null && window === undefined) throw list.error
  return (
    <FilterFrame
      search={search}
      onSearch={onSearch}
      kinds={kinds}
      count={count}
      tools={<ViewSwitch search={search} onSearch={onSearch} />}
    >
      <p className="visually-hidden" role="status">
        {announcement}
      </p>
      {list.error !== null && (
        <div className={styles.notice}>
          <Notice
            tone="danger"
            title={t('loadFailed')}
            isAlert
            action={
              <Button size="small" onPress={list.retry}>
                {tCommon('retry')}
              </Button>
            }
          >
            {list.error.message}
          </Notice>
        </div>
      )}
      {search.view === 'groups' ? (
        <Suspense fallback={<ListSkeleton view="grid" />}>
          <GroupsView search={search} onSearch={onSearch} kinds={kinds} onOpen={onPreview ?? onOpen} />
        </Suspense>
      ) : window === undefined ? (
        <ListSkeleton view={search.view === 'table' ? 'table' : 'grid'} />
      ) : window.items.length > 0 ? (
        <MediaGrid
          list={list}
          window={window}
          listedBy={listedBy}
          total={count?.count ?? null}
          view={search.view === 'table' ? 'table' : 'grid'}
          selection={selection}
          openId={search.media}
          onOpen={onOpen}
          onPreview={onPreview}
          onOrder={({ by, direction }) => onSearch({ sort: by, direction })}
          onAnnounce={setAnnouncement}
        />
      ) : hasConditions(search) ? (
        <Suspense>
          <NoMatch search={search} onSearch={onSearch} kinds={kinds} />
        </Suspense>
      ) : (
        <EmptyState icon={<Images size={24} aria-hidden />} title={t('empty')}>
          {t('emptyHint')}
        </EmptyState>
      )}
    </FilterFrame>
  )
}
