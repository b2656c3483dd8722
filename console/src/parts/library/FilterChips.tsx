import { useRef } from 'react'
import { useTranslations } from 'use-intl'
import { useUploaderName } from '../../data/facets.ts'
import { useFolderPath } from '../../data/folders.ts'
import { useFormat } from '../format.ts'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { useCourseTitle } from './CourseFilter.tsx'
import styles from './FilterChips.module.css'
import { activeParts, type LibrarySearch, toggled, withoutParts } from './search.ts'

interface FilterChipsProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  /** Called when the last chip was removed, to move the focus. */
  onEmpty(): void
}

interface ActiveFilter {
  key: string
  label: string
  change: Partial<LibrarySearch>
}

/** Describes the conditions of a search, with the change that removes each. */
const useActiveFilters = (search: LibrarySearch): ActiveFilter[] => {
  const t = useTranslations('filters')
  const library = useTranslations('library')
  const format = useFormat()
  const { kind = [], status = [], tag = [], folder, used, course, by, month } = search
  const { data: path } = useFolderPath(folder === 'root' ? undefined : folder)
  const courseTitle = useCourseTitle(course)
  const { data: uploader } = useUploaderName(by)
  const one = (key: keyof LibrarySearch, label: string | undefined | false): ActiveFilter[] =>
    search[key] === undefined || !label ? [] : [{ key, label, change: { [key]: undefined } }]
  return [
    ...one('search', search.search && t('chip.search', { text: search.search })),
    ...one(
      'folder',
      t('chip.folder', {
        name: folder === 'root' ? t('noFolder') : path === null ? t('folderGone') : (path?.name ?? '…'),
      }),
    ).map((filter) => ({ ...filter, change: withoutParts(['folder']) })),
    ...one('direct', t('chip.direct')),
    ...kind.map((value) => ({
      key: `kind ${value}`,
      label: library('kind', { kind: value }),
      change: { kind: toggled(kind, value) },
    })),
    ...status.map((value) => ({
      key: `status ${value}`,
      label: library('status', { status: value }),
      change: { status: toggled(status, value) },
    })),
    ...tag.map((value) => ({
      key: `tag ${value}`,
      label: t('chip.tag', { tag: value }),
      change: { tag: toggled(tag, value) },
    })),
    ...one('used', used ? t('used') : t('unused')),
    ...one('unused', t('chip.unused', { days: search.unused ?? 0 })),
    ...one('course', t('chip.course', { title: courseTitle ?? '…' })),
    ...one('by', t('chip.by', { name: uploader?.name ?? t('somePerson') })),
    ...one('month', month && format.month(`${month}-01T00:00:00Z`)),
  ]
}

/** Conditions that narrow the list, each with a button that removes it. */
export const FilterChips = ({ search, onSearch, onEmpty }: FilterChipsProps) => {
  const t = useTranslations('filters')
  const filters = useActiveFilters(search)
  const list = useRef<HTMLUListElement>(null)
  if (filters.length === 0) return null
  const remove = (index: number, change: Partial<LibrarySearch>): void => {
    onSearch(change)
    // The button is gone with its chip: the next one takes the focus, so that several can be removed in a row.
    setTimeout(() => {
      const buttons = [...(list.current?.querySelectorAll('button') ?? [])]
      const next = buttons[Math.min(index, filters.length - 2)]
      if (next === undefined) onEmpty()
      else next.focus()
    }, 50)
  }
  return (
    <ul ref={list} className={styles.chips} aria-label={t('activeFilters')}>
      {filters.map(({ key, label, change }, index) => (
        <li key={key}>
          <Chip removeLabel={t('removeFilter', { filter: label })} onRemove={() => remove(index, change)}>
            {label}
          </Chip>
        </li>
      ))}
      {filters.length > 1 && (
        <li>
          <Button
            variant="quiet"
            size="small"
            onPress={() => {
              onSearch({ ...withoutParts(activeParts(search)), direct: undefined })
              setTimeout(onEmpty, 50)
            }}
          >
            {t('removeAll')}
          </Button>
        </li>
      )}
    </ul>
  )
}
