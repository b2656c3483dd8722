import { Link, useParams } from '@tanstack/react-router'
import { Images } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { type ResourceRow, refOf, useResource } from '../../data/courses.ts'
import { LmsLink } from '../../parts/courses/LmsLink.tsx'
import { ResourceChildren } from '../../parts/courses/ResourceChildren.tsx'
import { ResourceMedia } from '../../parts/courses/ResourceMedia.tsx'
import { writeCourseKey } from '../../parts/library/search.ts'
import { NotFoundPage } from '../../parts/shell/ErrorPage.tsx'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import styles from './CourseScreen.module.css'

const Ancestors = ({ ancestors }: { ancestors: readonly ResourceRow[] }) => {
  const t = useTranslations('courses')
  return (
    <nav aria-label={t('path')}>
      <ol className={styles.path}>
        <li>
          <Link to="/courses">{t('title')}</Link>
        </li>
        {ancestors.map(({ id, source, type, externalId, title }) => (
          <li key={id}>
            <Link to="/courses/$source/$type/$externalId" params={{ source, type, externalId }}>
              {title ?? externalId}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** A course, chapter or lesson: the media that it shows, and the tree of what lies below it. */
export const CourseScreen = () => {
  const t = useTranslations('courses')
  const key = useParams({ from: '/shell/courses/$source/$type/$externalId' })
  const { data: resource, error } = useResource(refOf(key))
  if (error !== null && resource === undefined) throw error
  if (resource === null) return <NotFoundPage title={t('removed')} hint={t('removedHint')} />
  if (resource === undefined)
    return (
      <div className={styles.content}>
        <Skeleton height="2.5rem" width="20rem" />
        <Skeleton height="6rem" />
        <Skeleton height="12rem" />
      </div>
    )
  const { type, source, externalId, url, mediaCount } = resource
  const title = resource.title ?? externalId
  const facts = [t('type', { type, name: type }), `${source} · ${externalId}`, t('mediaCount', { count: mediaCount })]
  return (
    <>
      <ScreenHeader title={title} above={<Ancestors ancestors={resource.ancestors} />}>
        <Link to="/library" search={{ course: writeCourseKey(resource) }} className={styles.link}>
          <Images size={16} aria-hidden />
          {t('inLibrary')}
        </Link>
        <LmsLink url={url} title={title} />
      </ScreenHeader>
      <div className={styles.content}>
        <p className={styles.facts}>{facts.join(' — ')}</p>
        <h2>{t('media')}</h2>
        <ResourceMedia key={resource.id} resource={resource} />
        <h2>{t('children')}</h2>
        <div className={styles.tree}>
          <ResourceChildren key={resource.id} resource={refOf(resource)} title={title} />
        </div>
      </div>
    </>
  )
}
