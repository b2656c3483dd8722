import { ExternalLink } from 'lucide-react'
import { useTranslations } from 'use-intl'
import styles from './DeleteDialog.module.css'

interface Resource {
  title: string | null
  externalId: string
  url?: string | null
  ancestors?: readonly { id: string; title: string | null; externalId: string }[]
}

export const nameOfResource = ({ title, externalId }: Pick<Resource, 'title' | 'externalId'>): string =>
  title ?? externalId

/** Where something is in a course: the names from the course down, with a link to it in the LMS. */
export const ResourcePath = ({ resource }: { resource: Resource }) => {
  const t = useTranslations('trash')
  const { url, ancestors = [] } = resource
  return (
    <span className={styles.path}>
      {ancestors.length > 0 && <span className={styles.above}>{ancestors.map(nameOfResource).join(' › ')}</span>}
      {url == null ? (
        <span>{nameOfResource(resource)}</span>
      ) : (
        <a href={url} target="_blank" rel="noreferrer" title={t('openInLms')}>
          {nameOfResource(resource)}
          <ExternalLink size={14} aria-hidden />
        </a>
      )}
    </span>
  )
}
