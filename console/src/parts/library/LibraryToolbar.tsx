import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { SearchField } from '../ui/SearchField.tsx'
import styles from './LibraryToolbar.module.css'
import type { LibrarySearch } from './search.ts'

interface LibraryToolbarProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  count: { count: number; isEstimate: boolean } | null
}

const debounceMs = 250

/** Search field and number of matches. */
export const LibraryToolbar = ({ search, onSearch, count }: LibraryToolbarProps) => {
  const t = useTranslations('library')
  const [text, setText] = useState(search.search ?? '')
  useEffect(() => setText(search.search ?? ''), [search.search])
  useEffect(() => {
    if (text === (search.search ?? '')) return
    const timer = setTimeout(() => onSearch({ search: text === '' ? undefined : text }), debounceMs)
    return () => clearTimeout(timer)
  }, [text, search.search, onSearch])
  return (
    <div className={styles.toolbar}>
      <div className={styles.search}>
        <SearchField label={t('search')} clearLabel={t('clearSearch')} value={text} onChange={setText} />
      </div>
      <p className={styles.count} role="status">
        {count !== null && t(count.isEstimate ? 'countEstimate' : 'count', { count: count.count })}
      </p>
    </div>
  )
}
