import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { useTranslations } from 'use-intl'
import { type ResourceChild, refOf } from '../../data/courses.ts'
import { LmsLink } from './LmsLink.tsx'
import { ResourceChildren } from './ResourceChildren.tsx'
import { ResourceIcon } from './ResourceIcon.tsx'
import { ResourceMedia } from './ResourceMedia.tsx'
import styles from './ResourceNode.module.css'

/** A chapter or lesson in the tree of its course. Its media and what lies below it are loaded when it is opened. */
export const ResourceNode = ({ resource }: { resource: ResourceChild }) => {
  const t = useTranslations('courses')
  const [isOpen, setIsOpen] = useState(false)
  const contentId = useId()
  const { type, externalId, url, mediaCount } = resource
  const title = resource.title ?? externalId
  const childCount = resource.children.totalCount
  return (
    <li>
      <div className={styles.row}>
        <AriaButton
          className={styles.toggle}
          aria-label={t(isOpen ? 'collapse' : 'expand', { title })}
          aria-expanded={isOpen}
          aria-controls={isOpen ? contentId : undefined}
          onPress={() => setIsOpen(!isOpen)}
        >
          <ChevronRight size={16} aria-hidden />
        </AriaButton>
        <span className={styles.icon}>
          <ResourceIcon type={type} />
        </span>
        <Link
          to="/courses/$source/$type/$externalId"
          params={{ source: resource.source, type, externalId }}
          className={styles.title}
        >
          {title}
        </Link>
        <span className={styles.facts}>
          <span>{t('type', { type, name: type })}</span>
          {childCount > 0 && <span>{t('childCount', { count: childCount })}</span>}
          <span>{t('mediaCount', { count: mediaCount })}</span>
        </span>
        <LmsLink url={url} title={title} isShort />
      </div>
      {isOpen && (
        <div id={contentId} className={styles.content}>
          <ResourceMedia resource={resource} />
          {childCount > 0 && <ResourceChildren resource={refOf(resource)} title={title} />}
        </div>
      )}
    </li>
  )
}
