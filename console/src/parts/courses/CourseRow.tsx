import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { Course } from '../../data/courses.ts'
import styles from './CourseRow.module.css'
import { LmsLink } from './LmsLink.tsx'
import { ResourceIcon } from './ResourceIcon.tsx'

/** A course in the list of all courses. */
export const CourseRow = ({ course }: { course: Course }) => {
  const t = useTranslations('courses')
  const { source, type, externalId, url, mediaCount } = course
  const title = course.title ?? externalId
  return (
    <li className={styles.row}>
      <Link to="/courses/$source/$type/$externalId" params={{ source, type, externalId }} className={styles.link}>
        <span className={styles.icon}>
          <ResourceIcon type={type} />
        </span>
        <span className={styles.names}>
          <span className={styles.title}>{title}</span>
          <span className={styles.key}>
            {source} · {externalId}
          </span>
        </span>
        <span className={styles.counts}>
          <span>{t('childCount', { count: course.children.totalCount })}</span>
          <span>{t('mediaCount', { count: mediaCount })}</span>
        </span>
      </Link>
      <LmsLink url={url} title={title} isShort />
    </li>
  )
}
