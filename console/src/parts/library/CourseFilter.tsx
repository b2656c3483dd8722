import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type FacetCourse, type MediaFacets, useCourseName, useCourseSuggestions } from '../../data/facets.ts'
import { useFormat } from '../format.ts'
import { SuggestField } from '../ui/SuggestField.tsx'
import styles from './Facets.module.css'
import { FacetValues } from './FacetValues.tsx'
import { type LibrarySearch, toCourseKey, writeCourseKey } from './search.ts'

interface CourseFilterProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  facets: MediaFacets | undefined
}

const titleOf = ({ title, externalId }: FacetCourse): string => title ?? externalId

/** Title of a course by its key, or its id in the LMS. */
export const useCourseTitle = (course: string | undefined): string | undefined => {
  const key = course === undefined ? undefined : toCourseKey(course)
  const { data } = useCourseName(key)
  return data?.title ?? key?.externalId
}

/** Chooses a course whose media are listed. */
export const CourseFilter = ({ search: { course: chosen }, onSearch, facets }: CourseFilterProps) => {
  const t = useTranslations('filters')
  const format = useFormat()
  const [text, setText] = useState<string | null>(null)
  const { data: suggestions } = useCourseSuggestions(text ?? '', text !== null)
  const title = useCourseTitle(chosen)
  const values = facets?.courses?.map(({ resource, count }) => ({
    key: writeCourseKey(resource),
    label: titleOf(resource),
    count,
  }))
  if (chosen !== undefined && values?.some(({ key }) => key === chosen) === false)
    values.unshift({ key: chosen, label: title ?? chosen, count: 0 })
  return (
    <>
      <div className={styles.field}>
        <SuggestField
          label={t('findCourse')}
          emptyText={t('noCourse')}
          suggestions={suggestions?.map((course) => ({
            key: writeCourseKey(course),
            label: titleOf(course),
            hint: format.number(course.mediaCount),
          }))}
          onSearch={setText}
          onChoose={(course) => onSearch({ course })}
        />
      </div>
      <FacetValues
        label={t('courses')}
        values={values}
        active={chosen === undefined ? [] : [chosen]}
        isSingle
        onToggle={(course) => onSearch({ course: course === chosen ? undefined : course })}
      />
    </>
  )
}
