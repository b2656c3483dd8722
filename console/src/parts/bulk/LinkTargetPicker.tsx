import { BookOpen, ChevronRight, CornerLeftUp } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type LinkTarget, useLinkTargets } from '../../data/linkTargets.ts'
import { nameOfResource } from '../delete/ResourcePath.tsx'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useDebounced } from '../ui/useDebounced.ts'
import styles from './LinkTargetPicker.module.css'

interface LinkTargetPickerProps {
  value: LinkTarget | null
  onChange(target: LinkTarget): void
}

/** Chooses a course, or a chapter or lesson in it: level by level, or by a text that is searched in all of them. */
export const LinkTargetPicker = ({ value, onChange }: LinkTargetPickerProps) => {
  const t = useTranslations('bulk')
  const tCommon = useTranslations('common')
  const [search, setSearch] = useState('')
  const [path, setPath] = useState<readonly LinkTarget[]>([])
  const parent = path.at(-1) ?? null
  const {
    data: targets,
    error,
    isFetchingNextPage,
    hasNextPage,
    fetchNextPage,
  } = useLinkTargets(useDebounced(search), parent)
  const isSearching = search.trim() !== ''
  return (
    <div className={styles.picker}>
      <SearchField label={t('searchTargets')} clearLabel={t('clearSearch')} value={search} onChange={setSearch} />
      {!isSearching && parent !== null && (
        <div className={styles.path}>
          <IconButton
            label={t('levelUp')}
            icon={<CornerLeftUp aria-hidden />}
            onPress={() => setPath(path.slice(0, -1))}
          />
          <span>{path.map(nameOfResource).join(' › ')}</span>
        </div>
      )}
      {error !== null && <p role="alert">{error.message}</p>}
      <ul className={styles.list} aria-label={t('targets')} aria-busy={targets === undefined}>
        {targets === undefined && error === null && (
          <li className={styles.row}>
            <Skeleton height="1.5rem" />
          </li>
        )}
        {targets?.length === 0 && <li className={styles.nothing}>{t(isSearching ? 'noTarget' : 'noChildren')}</li>}
        {targets?.map((target) => (
          <li key={target.id} className={styles.row} data-chosen={value?.id === target.id || undefined}>
            <button
              type="button"
              className={styles.choose}
              aria-pressed={value?.id === target.id}
              onClick={() => onChange(target)}
            >
              <BookOpen size={16} aria-hidden />
              <span className={styles.name}>
                {nameOfResource(target)}
                {isSearching && target.ancestors.length > 0 && (
                  <small>{target.ancestors.map(nameOfResource).join(' › ')}</small>
                )}
              </span>
              <Badge>{target.type}</Badge>
            </button>
            <IconButton
              label={t('openLevel', { name: nameOfResource(target) })}
              icon={<ChevronRight aria-hidden />}
              onPress={() => {
                setSearch('')
                setPath(isSearching ? [target] : [...path, target])
              }}
            />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button size="small" isPending={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          {tCommon('loadMore')}
        </Button>
      )}
    </div>
  )
}
