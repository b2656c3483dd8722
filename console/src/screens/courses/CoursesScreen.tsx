import { useNavigate, useSearch } from '@tanstack/react-router'
import { GraduationCap, SearchX } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { useCourses } from '../../data/courses.ts'
import { CourseRow } from '../../parts/courses/CourseRow.tsx'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { SearchField } from '../../parts/ui/SearchField.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import styles from './CoursesScreen.module.css'

const debounceMs = 250

const CourseSearch = () => {
  const t = useTranslations('courses')
  const { search = '' } = useSearch({ from: '/shell/courses' })
  const navigate = useNavigate({ from: '/courses' })
  const [text, setText] = useState(search)
  useEffect(() => setText(search), [search])
  useEffect(() => {
    if (text === search) return
    const change = () => void navigate({ search: { search: text || undefined }, replace: search !== '' && text !== '' })
    const timer = setTimeout(change, debounceMs)
    return () => clearTimeout(timer)
  }, [text, search, navigate])
  return (
    <div className={styles.search}>
      <SearchField label={t('search')} clearLabel={t('clearSearch')} value={text} onChange={setText} />
    </div>
  )
}

const CourseList = () => {
  const [t, tCommon] = [useTranslations('courses'), useTranslations('common')]
  const { search } = useSearch({ from: '/shell/courses' })
  const list = useCourses(search)
  if (list.error !== null && list.data === undefined) throw list.error
  const courses = list.data?.pages.flatMap((page) => page.courses.nodes) ?? []
  if (list.isPending)
    return (
      <div className={styles.list}>
        {Array.from({ length: 8 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
          <Skeleton key={index} height="3.5rem" />
        ))}
      </div>
    )
  if (courses.length === 0 && search !== undefined)
    return (
      <EmptyState icon={<SearchX size={24} aria-hidden />} title={t('noMatch', { search })}>
        {t('noMatchHint')}
      </EmptyState>
    )
  if (courses.length === 0)
    return (
      <EmptyState icon={<GraduationCap size={24} aria-hidden />} title={t('empty')}>
        {t('emptyHint')}
      </EmptyState>
    )
  return (
    <>
      <ul className={styles.list} aria-label={t('title')} aria-busy={list.isPlaceholderData}>
        {courses.map((course) => (
          <CourseRow key={course.id} course={course} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {tCommon('loadMore')}
        </Button>
      )}
    </>
  )
}

/** All courses that LMSs have named. */
export const CoursesScreen = () => {
  const t = useTranslations('courses')
  return (
    <>
      <ScreenHeader title={t('title')} />
      <div className={styles.content}>
        <CourseSearch />
        <CourseList />
      </div>
    </>
  )
}
