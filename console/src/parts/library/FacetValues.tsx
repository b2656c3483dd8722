import { Check } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useFormat } from '../format.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './Facets.module.css'

interface FacetValue {
  key: string
  label: string
  /** Number of media with this value; null if it is not known. */
  count: number | null
}

interface FacetValuesProps {
  label: string
  /** Absent while they are loaded for the first time. */
  values: readonly FacetValue[] | undefined
  active: readonly string[]
  onToggle(key: string): void
  /** Whether only one value can be active. */
  isSingle?: boolean
}

const maxShown = 6

/** Values of a filter with their counts. An active one can be switched off, and is shown even if nothing matches it. */
export const FacetValues = ({ label, values, active, onToggle, isSingle = false }: FacetValuesProps) => {
  const t = useTranslations('filters')
  const format = useFormat()
  const [showsAll, setShowsAll] = useState(false)
  if (values === undefined)
    return (
      <div className={styles.loading}>
        <Skeleton width="80%" />
        <Skeleton width="60%" />
        <Skeleton width="70%" />
      </div>
    )
  if (values.length === 0) return <p className={styles.none}>{t('noValues')}</p>
  const shown = showsAll ? values : values.filter(({ key }, index) => index < maxShown || active.includes(key))
  return (
    <>
      <ul className={styles.values} aria-label={label}>
        {shown.map(({ key, label: name, count }) => (
          <li key={key}>
            <button
              type="button"
              className={styles.value}
              aria-pressed={active.includes(key)}
              onClick={() => onToggle(key)}
            >
              <span className={styles.mark} data-single={isSingle || undefined}>
                {active.includes(key) && <Check size={12} aria-hidden />}
              </span>
              <span className={styles.name} title={name}>
                {name}
              </span>
              {count !== null && <span className={styles.count}>{format.number(count)}</span>}
            </button>
          </li>
        ))}
      </ul>
      {values.length > maxShown && (
        <button type="button" className={styles.more} onClick={() => setShowsAll(!showsAll)} aria-expanded={showsAll}>
          {showsAll ? t('showLess') : t('showMore', { count: values.length })}
        </button>
      )}
    </>
  )
}
