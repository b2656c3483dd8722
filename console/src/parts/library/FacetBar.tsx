import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import type { FacetSections, MediaFacets } from '../../data/facets.ts'
import { useFormat } from '../format.ts'
import { CourseFilter } from './CourseFilter.tsx'
import { FacetSection } from './FacetSection.tsx'
import styles from './Facets.module.css'
import { FacetValues } from './FacetValues.tsx'
import { type LibrarySearch, mediaKinds, mediaStatuses, toggled } from './search.ts'
import { TagFilter } from './TagFilter.tsx'
import { UploaderFilter } from './UploaderFilter.tsx'

interface FacetBarProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  /** Kinds to which the list is restricted. Absent: all. */
  kinds?: readonly MediaKind[]
  /** Absent while they are loaded for the first time. */
  facets: MediaFacets | undefined
  /** Sections that are open: those that `facets` counts. */
  sections: FacetSections
}

const monthOf = (from: string): string => from.slice(0, 7)

/** Filters of the library with the number of media behind each value. */
export const FacetBar = ({ search, onSearch, kinds = mediaKinds, facets, sections }: FacetBarProps) => {
  const t = useTranslations('filters')
  const library = useTranslations('library')
  const format = useFormat()
  const section = (id: keyof FacetSections, title: string, activeCount: number) => ({
    id,
    title,
    activeCount,
    isOpen: sections[id] ?? false,
  })
  const { kind = [], status = [], tag = [], used, course, by, month } = search
  const months = facets?.months?.map(({ from, count }) => ({ key: monthOf(from), label: format.month(from), count }))
  if (month !== undefined && months?.some(({ key }) => key === month) === false)
    months.unshift({ key: month, label: format.month(`${month}-01T00:00:00Z`), count: 0 })
  const part = { search, onSearch, facets }
  return (
    <div className={styles.bar}>
      <FacetSection {...section('kinds', t('kinds'), kind.length)}>
        <FacetValues
          label={t('kinds')}
          values={
            facets?.kinds &&
            kinds.map((key) => ({
              key,
              label: library('kind', { kind: key }),
              count: facets.kinds?.find(({ kind }) => kind === key)?.count ?? 0,
            }))
          }
          active={kind}
          onToggle={(key) => onSearch({ kind: toggled(kind, mediaKinds.find((one) => one === key) ?? 'OTHER') })}
        />
      </FacetSection>
      <FacetSection {...section('use', t('use'), used === undefined ? 0 : 1)}>
        <FacetValues
          label={t('use')}
          values={
            facets?.use && [
              { key: 'true', label: t('used'), count: facets.use.used },
              { key: 'false', label: t('unused'), count: facets.use.unused },
            ]
          }
          active={used === undefined ? [] : [String(used)]}
          isSingle
          onToggle={(key) => onSearch({ used: key === String(used) ? undefined : key === 'true' })}
        />
      </FacetSection>
      <FacetSection {...section('tags', t('tags'), tag.length)}>
        <TagFilter {...part} />
      </FacetSection>
      <FacetSection {...section('courses', t('courses'), course === undefined ? 0 : 1)}>
        <CourseFilter {...part} />
      </FacetSection>
      <FacetSection {...section('uploaders', t('uploaders'), by === undefined ? 0 : 1)}>
        <UploaderFilter {...part} />
      </FacetSection>
      <FacetSection {...section('months', t('months'), month === undefined ? 0 : 1)}>
        <FacetValues
          label={t('months')}
          values={months}
          active={month === undefined ? [] : [month]}
          isSingle
          onToggle={(key) => onSearch({ month: key === month ? undefined : key })}
        />
      </FacetSection>
      <FacetSection {...section('statuses', t('statuses'), status.length)}>
        <FacetValues
          label={t('statuses')}
          values={
            facets?.statuses &&
            mediaStatuses.map((key) => ({
              key,
              label: library('status', { status: key }),
              count: facets.statuses?.find(({ status }) => status === key)?.count ?? 0,
            }))
          }
          active={status}
          onToggle={(key) => onSearch({ status: toggled(status, mediaStatuses.find((one) => one === key) ?? 'READY') })}
        />
      </FacetSection>
    </div>
  )
}
