import { useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { useShortcut } from '../shortcuts/useShortcut.ts'
import { SearchField } from '../ui/SearchField.tsx'
import styles from './LibraryToolbar.module.css'
import type { LibrarySearch } from './search.ts'
import { ViewSwitch } from './ViewSwitch.tsx'

interface LibraryToolbarProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  count: { count: number; isEstimate: boolean } | null
}

const debounceMs = 250

/** Search field, number of matches, and switch of the view. */
export const LibraryToolbar = ({ search, onSearch, count }: LibraryToolbarProps) => {
  const t = useTranslations('library')
  const [text, setText] = useState(search.search ?? '')
  useEffect(() => setText(search.search ?? ''), [search.search])
  useEffect(() => {
    if (text === (search.search ?? '')) return
    const timer = setTimeout(() => onSearch({ search: text === '' ? undefined : text }), debounceMs)
    return () => clearTimeout(timer)
  }, [text, search.search, onSearch])
  const input = useRef<HTMLInputElement>(null)
  useShortcut('search', () => input.current?.focus())
  return (
    <div className={styles.toolbar}>
      <div className={styles.search}>
        <SearchField
          label={t('search')}
          clearLabel={t('clearSearch')}
          value={text}
          onChange={setText}
          inputRef={input}
        />
      </div>
      <p className={styles.count} role="status">
        {count !== null && t(count.isEstimate ? 'countEstimate' : 'count', { count: count.count })}
      </p>
      <ViewSwitch search={search} onSearch={onSearch} />
    </div>
  )
}
