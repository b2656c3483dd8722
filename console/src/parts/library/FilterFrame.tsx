import { lazy, type ReactNode, Suspense, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import { type FacetSections, useMediaFacets } from '../../data/facets.ts'
import { useFirstContent } from '../../state/firstContent.ts'
import { usePanels } from '../../state/panels.ts'
import { AfterFirstContent } from '../shell/AfterFirstContent.tsx'
import { useShortcut } from '../shortcuts/useShortcut.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useWidth } from '../ui/useWidth.ts'
import styles from './FilterFrame.module.css'
import { useFacetSections } from './facetSections.ts'
import { LibraryToolbar, type LibraryToolbarProps } from './LibraryToolbar.tsx'
import { activeParts, type ChangeSearch, type LibrarySearch, toListFilter } from './search.ts'

const FilterSide = lazy(async () => ({ default: (await import('./FilterSide.tsx')).FilterSide }))
const FilterDialog = lazy(async () => ({ default: (await import('./FilterDialog.tsx')).FilterDialog }))
const FilterChips = lazy(async () => ({ default: (await import('./FilterChips.tsx')).FilterChips }))
const FolderPlace = lazy(async () => ({ default: (await import('./FolderPlace.tsx')).FolderPlace }))
const MonthScrubber = lazy(async () => ({ default: (await import('./MonthScrubber.tsx')).MonthScrubber }))

interface FilterFrameProps extends Pick<LibraryToolbarProps, 'count'> {
  search: LibrarySearch
  onSearch: ChangeSearch
  /** Kinds to which the list is restricted. Absent: all. */
  kinds?: readonly MediaKind[]
  /** Controls at the end of the toolbar. */
  tools?: ReactNode
  children: ReactNode
}

/** Widths in rem from which the filters have a column of their own, and the months a strip. */
const minColumnRem = 62
const minStripRem = 48

/** Everything around a list of media that narrows and orders it. */
export const FilterFrame = ({ search, onSearch, kinds, count, tools, children }: FilterFrameProps) => {
  const t = useTranslations('filters')
  const frame = useRef<HTMLDivElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const width = useWidth(frame) ?? 0
  const { isFilterColumnOpen, setFilterColumnOpen } = usePanels()
  const [isDialogOpen, setDialogOpen] = useState(false)
  const hasColumn = width >= minColumnRem
  const hasStrip = width >= minStripRem && search.view !== 'groups'
  const showsFilters = hasColumn ? isFilterColumnOpen : isDialogOpen
  const openSections = useFacetSections()
  const isFirstContentShown = useFirstContent((state) => state.isShown)
  const sections: FacetSections = showsFilters ? openSections : {}
  const facetsQuery = useMediaFacets(
    toListFilter(search, kinds),
    { ...sections, months: sections.months || hasStrip },
    isFirstContentShown && width > 0 && (hasStrip || Object.values(sections).includes(true)),
  )
  const facets = facetsQuery.data
  const side = { search, onSearch, kinds, facetsQuery, sections: openSections }
  const focusSearch = () => input.current?.focus()
  useShortcut('search', focusSearch)
  return (
    <div ref={frame} className={styles.frame}>
      {hasColumn && isFilterColumnOpen && (
        <aside className={styles.column} aria-label={t('filters')}>
          <AfterFirstContent fallback={<Skeleton height="24rem" />}>
            <FilterSide {...side} />
          </AfterFirstContent>
        </aside>
      )}
      <div className={styles.main}>
        <LibraryToolbar
          search={search}
          onSearch={onSearch}
          count={count}
          inputRef={input}
          filters={
            hasColumn
              ? { type: 'column', isOpen: isFilterColumnOpen, onOpenChange: setFilterColumnOpen }
              : { type: 'dialog', onOpen: () => setDialogOpen(true) }
          }
        >
          {tools}
        </LibraryToolbar>
        <div className={styles.state}>
          {search.folder !== undefined && (
            <Suspense>
              <FolderPlace folder={search.folder} search={search} onSearch={onSearch} />
            </Suspense>
          )}
          {activeParts(search).length > 0 && (
            <Suspense>
              <FilterChips search={search} onSearch={onSearch} onEmpty={focusSearch} />
            </Suspense>
          )}
        </div>
        <div className={styles.list}>
          <div className={styles.content}>{children}</div>
          {hasStrip && facets?.months !== undefined && (
            <Suspense>
              <MonthScrubber search={search} onSearch={onSearch} months={facets.months} />
            </Suspense>
          )}
        </div>
      </div>
      {!hasColumn && isDialogOpen && (
        <Suspense>
          <FilterDialog {...side} count={count?.count ?? null} onClose={() => setDialogOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}
