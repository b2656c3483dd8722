import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { SearchField } from '../../parts/ui/SearchField.tsx'
import { Select } from '../../parts/ui/Select.tsx'
import styles from './TrashScreen.module.css'
import type { TrashSearch } from './trashSearch.ts'

interface TrashToolbarProps {
  search: TrashSearch
  onSearch(change: TrashSearch): void
  count: number | null
}

const debounceMs = 250

/** Search, order, and the number of media in the trash that match. */
export const TrashToolbar = ({ search, onSearch, count }: TrashToolbarProps) => {
  const t = useTranslations('trash')
  const [text, setText] = useState(search.search ?? '')
  useEffect(() => setText(search.search ?? ''), [search.search])
  useEffect(() => {
    if (text === (search.search ?? '')) return
    const timer = setTimeout(() => onSearch({ search: text === '' ? undefined : text }), debounceMs)
    return () => clearTimeout(timer)
  }, [text, search.search, onSearch])
  const orders = [
    { value: 'DELETED_AT', label: t('orderDeleted') },
    { value: 'PURGE_AT', label: t('orderPurge') },
  ] as const
  return (
    <div className={styles.toolbar}>
      <div className={styles.search}>
        <SearchField label={t('search')} clearLabel={t('clearSearch')} value={text} onChange={setText} />
      </div>
      <div className={styles.order}>
        <Select
          label={t('order')}
          isLabelHidden
          options={orders}
          value={search.sort ?? 'DELETED_AT'}
          onChange={(sort) => onSearch({ sort: sort === 'DELETED_AT' ? undefined : sort })}
        />
      </div>
      <p className={styles.count} role="status">
        {count !== null && t('count', { count })}
      </p>
    </div>
  )
}
