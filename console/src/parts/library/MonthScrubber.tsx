import { useFormatter, useTranslations } from 'use-intl'
import type { MediaFacets } from '../../data/facets.ts'
import { useFormat } from '../format.ts'
import styles from './MonthScrubber.module.css'
import type { LibrarySearch } from './search.ts'

interface MonthScrubberProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  months: NonNullable<MediaFacets['months']>
}

/** Months in which the media were uploaded, by year, each as long as it is full. A month narrows the list to it. */
export const MonthScrubber = ({ search: { month: chosen }, onSearch, months }: MonthScrubberProps) => {
  const t = useTranslations('filters')
  const format = useFormat()
  const { dateTime } = useFormatter()
  if (months.length < 2) return null
  const largest = Math.max(...months.map(({ count }) => count))
  const years = Map.groupBy(months, ({ from }) => from.slice(0, 4))
  return (
    <nav className={styles.scrubber} aria-label={t('months')}>
      {[...years].map(([year, monthsOfYear]) => (
        <section key={year} aria-label={year}>
          <h2 className={styles.year}>{year}</h2>
          <ul>
            {monthsOfYear.map(({ from, count }) => {
              const month = from.slice(0, 7)
              return (
                <li key={month}>
                  <button
                    type="button"
                    className={styles.month}
                    aria-pressed={month === chosen}
                    title={`${format.month(from)}: ${t('mediaCount', { count })}`}
                    onClick={() => onSearch({ month: month === chosen ? undefined : month })}
                  >
                    <span>{dateTime(new Date(from), { month: 'short', timeZone: 'UTC' })}</span>
                    <span className="visually-hidden">{`${year}: ${t('mediaCount', { count })}`}</span>
                    <span className={styles.bar} style={{ width: `${6 + (count / largest) * 94}%` }} />
                  </button>
                </li>
              )
            })}
          </ul>
        </section>
      ))}
    </nav>
  )
}
