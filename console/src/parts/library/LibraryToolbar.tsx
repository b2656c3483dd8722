import { PanelLeft, SlidersHorizontal } from 'lucide-react'
import { lazy, type ReactNode, type Ref, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { AfterFirstContent } from '../shell/AfterFirstContent.tsx'
import { Button } from '../ui/Button.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './LibraryToolbar.module.css'
import { type ChangeSearch, countValues, type LibrarySearch } from './search.ts'

const SortMenu = lazy(async () => ({ default: (await import('./SortMenu.tsx')).SortMenu }))

export interface LibraryToolbarProps {
  search: LibrarySearch
  onSearch: ChangeSearch
  count: { count: number; isEstimate: boolean } | null
  inputRef?: Ref<HTMLInputElement>
  /** The filters: a column beside the list that can be hidden, or a dialog where there is no room for it. */
  filters: { type: 'column'; isOpen: boolean; onOpenChange(isOpen: boolean): void } | { type: 'dialog'; onOpen(): void }
  /** Controls at the end, such as the choice of the view. */
  children?: ReactNode
}

const debounceMs = 250

/** Search field, number of matches, order and the way to the filters. */
export const LibraryToolbar = ({ search, onSearch, count, inputRef, filters, children }: LibraryToolbarProps) => {
  const t = useTranslations('library')
  const filterTexts = useTranslations('filters')
  const [text, setText] = useState(search.search ?? '')
  useEffect(() => setText(search.search ?? ''), [search.search])
  useEffect(() => {
    if (text === (search.search ?? '')) return
    // The back button returns to the list before the search, not to each text that was typed.
    const replace = search.search !== undefined && text !== ''
    const timer = setTimeout(() => onSearch({ search: text === '' ? undefined : text }, { replace }), debounceMs)
    return () => clearTimeout(timer)
  }, [text, search.search, onSearch])
  return (
    <div className={styles.toolbar}>
      {filters.type === 'column' && (
        <IconButton
          label={filterTexts(filters.isOpen ? 'hideFilters' : 'showFilters')}
          icon={<PanelLeft aria-hidden />}
          onPress={() => filters.onOpenChange(!filters.isOpen)}
        />
      )}
      <div className={styles.search}>
        <SearchField
          label={t('search')}
          clearLabel={t('clearSearch')}
          value={text}
          onChange={setText}
          inputRef={inputRef}
        />
      </div>
      {filters.type === 'dialog' && (
        <Button icon={<SlidersHorizontal aria-hidden />} onPress={filters.onOpen}>
          {filterTexts('openFilters', { count: countValues(search) })}
        </Button>
      )}
      <p className={styles.count} role="status">
        {count !== null && t(count.isEstimate ? 'countEstimate' : 'count', { count: count.count })}
      </p>
      <div className={styles.end}>
        <AfterFirstContent fallback={<Skeleton width="10rem" height="2rem" />}>
          <SortMenu search={search} onSearch={onSearch} />
        </AfterFirstContent>
        {children}
      </div>
    </div>
  )
}
