import { ArrowDownWideNarrow, ArrowUpNarrowWide } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { IconButton } from '../ui/IconButton.tsx'
import { Select } from '../ui/Select.tsx'
import styles from './SortMenu.module.css'
import { type LibrarySearch, mediaSorts, toMediaOrder } from './search.ts'

interface SortMenuProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
}

/** Chooses the order of the list. By relevance, the best matches are always first. */
export const SortMenu = ({ search, onSearch }: SortMenuProps) => {
  const t = useTranslations('filters')
  const { by, direction } = toMediaOrder(search)
  const isAscending = direction === 'ASC'
  const sorts = mediaSorts.filter((sort) => sort !== 'RELEVANCE' || search.search !== undefined)
  return (
    <div className={styles.sort}>
      <Select
        label={t('sort')}
        isLabelHidden
        options={sorts.map((sort) => ({ value: sort, label: t('sortBy', { sort }) }))}
        value={sorts.find((sort) => sort === by) ?? 'UPLOADED_AT'}
        onChange={(sort) => onSearch({ sort, direction: undefined })}
      />
      <IconButton
        label={isAscending ? t('ascending') : t('descending')}
        icon={isAscending ? <ArrowUpNarrowWide aria-hidden /> : <ArrowDownWideNarrow aria-hidden />}
        isDisabled={by === 'RELEVANCE'}
        onPress={() => onSearch({ sort: by, direction: isAscending ? 'DESC' : 'ASC' })}
      />
    </div>
  )
}
