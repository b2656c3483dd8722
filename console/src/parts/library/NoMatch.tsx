import { SearchX } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import { useCountsWithout } from '../../data/facets.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import styles from './NoMatch.module.css'
import { activeParts, type FilterPart, type LibrarySearch, toListFilter, withoutParts } from './search.ts'

interface NoMatchProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  kinds?: readonly MediaKind[]
}

/** Shown if nothing matches: names the conditions without which there are matches. */
export const NoMatch = ({ search, onSearch, kinds }: NoMatchProps) => {
  const t = useTranslations('filters')
  const parts = activeParts(search)
  const filters = parts.map((part) => [part, toListFilter({ ...search, ...withoutParts([part]) }, kinds)] as const)
  const { data } = useCountsWithout(Object.fromEntries(filters))
  const helpful = parts
    .map((part) => ({ part, count: data?.[part]?.totalCount ?? 0 }))
    .filter(({ count }) => count > 0)
    .toSorted((one, other) => other.count - one.count)
  const drop = (dropped: readonly FilterPart[]) => onSearch(withoutParts(dropped))
  return (
    <EmptyState
      icon={<SearchX size={24} aria-hidden />}
      title={t('noMatch')}
      action={
        (helpful.length === 0 || parts.length > 1) && <Button onPress={() => drop(parts)}>{t('removeAll')}</Button>
      }
    >
      {helpful.length > 0 ? (
        <>
          <p>{t('noMatchBecause')}</p>
          <ul className={styles.parts}>
            {helpful.map(({ part, count }) => (
              <li key={part}>
                <Button size="small" onPress={() => drop([part])}>
                  {t('dropPart', { part, count })}
                </Button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>{t('noMatchHint')}</p>
      )}
    </EmptyState>
  )
}
