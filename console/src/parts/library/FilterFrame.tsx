import { type ReactNode, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import { type FacetSections, useMediaFacets } from '../../data/facets.ts'
import { usePanels } from '../../state/panels.ts'
import { FolderPanel } from '../folder/FolderPanel.tsx'
import { FolderPath } from '../folder/FolderPath.tsx'
import { useShortcut } from '../shortcuts/useShortcut.ts'
import { Button } from '../ui/Button.tsx'
import { Checkbox } from '../ui/Checkbox.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Notice } from '../ui/Notice.tsx'
import { useWidth } from '../ui/useWidth.ts'
import { FacetBar } from './FacetBar.tsx'
import { FilterChips } from './FilterChips.tsx'
import styles from './FilterFrame.module.css'
import { useFacetSections } from './facetSections.ts'
import { LibraryToolbar, type LibraryToolbarProps } from './LibraryToolbar.tsx'
import { MonthScrubber } from './MonthScrubber.tsx'
import { type ChangeSearch, type LibrarySearch, toListFilter } from './search.ts'

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
  const common = useTranslations('common')
  const frame = useRef<HTMLDivElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const width = useWidth(frame) ?? 0
  const { isFilterColumnOpen, setFilterColumnOpen } = usePanels()
  const [isDialogOpen, setDialogOpen] = useState(false)
  const hasColumn = width >= minColumnRem
  const hasStrip = width >= minStripRem && search.view !== 'groups'
  const showsFilters = hasColumn ? isFilterColumnOpen : isDialogOpen
  const openSections = useFacetSections()
  const sections: FacetSections = showsFilters ? openSections : {}
  const {
    data: facets,
    error,
    refetch,
  } = useMediaFacets(
    toListFilter(search, kinds),
    { ...sections, months: sections.months || hasStrip },
    width > 0 && (hasStrip || Object.values(sections).includes(true)),
  )
  const changeFolder = (folder: string | undefined) =>
    onSearch({ folder, direct: folder === undefined ? undefined : search.direct })
  const filters = (
    <>
      <FolderPanel folder={search.folder} onChange={changeFolder} />
      {error !== null && facets === undefined && (
        <Notice
          tone="danger"
          action={
            <Button size="small" onPress={() => void refetch()}>
              {common('retry')}
            </Button>
          }
        >
          {error.message}
        </Notice>
      )}
      <FacetBar search={search} onSearch={onSearch} kinds={kinds} facets={facets} sections={openSections} />
    </>
  )
  const focusSearch = () => input.current?.focus()
  useShortcut('search', focusSearch)
  return (
    <div ref={frame} className={styles.frame}>
      {hasColumn && isFilterColumnOpen && (
        <aside className={styles.column} aria-label={t('filters')}>
          {filters}
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
            <div className={styles.place}>
              <FolderPath folder={search.folder} onChange={changeFolder} />
              {search.folder !== 'root' && (
                <Checkbox
                  isSelected={!search.direct}
                  onChange={(isSelected) => onSearch({ direct: isSelected ? undefined : true })}
                >
                  {t('withSubfolders')}
                </Checkbox>
              )}
            </div>
          )}
          <FilterChips search={search} onSearch={onSearch} onEmpty={focusSearch} />
        </div>
        <div className={styles.list}>
          <div className={styles.content}>{children}</div>
          {hasStrip && facets?.months !== undefined && (
            <MonthScrubber search={search} onSearch={onSearch} months={facets.months} />
          )}
        </div>
      </div>
      {!hasColumn && isDialogOpen && (
        <Dialog
          title={t('filters')}
          isOpen
          onClose={() => setDialogOpen(false)}
          actions={
            <Button variant="primary" onPress={() => setDialogOpen(false)}>
              {count === null ? t('showResults') : t('showCount', { count: count.count })}
            </Button>
          }
        >
          {filters}
        </Dialog>
      )}
    </div>
  )
}
