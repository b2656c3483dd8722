import { BookOpen, ExternalLink, FileText, Folder, Unlink } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { MediaUsage } from '../../data/mediaUsages.ts'
import { nameOfResource } from '../delete/ResourcePath.tsx'
import { useFormat } from '../format.ts'
import { Badge } from '../ui/Badge.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import styles from './UsageTree.module.css'
import type { UsageNode } from './usages.ts'

interface UsageTreeProps {
  nodes: readonly UsageNode[]
  /** Absent: the caller may not unlink. */
  onUnlink?(usage: MediaUsage): void
}

const icons: Record<string, typeof BookOpen> = { course: BookOpen, chapter: Folder }

const UsageRow = ({
  node: { resource, usage, children },
  onUnlink,
}: { node: UsageNode } & Omit<UsageTreeProps, 'nodes'>) => {
  const t = useTranslations('media.usages')
  const format = useFormat()
  const title = nameOfResource(resource)
  const Icon = icons[resource.type] ?? FileText
  return (
    <li>
      <div className={styles.row} data-used={usage !== null || undefined}>
        <Icon className={styles.icon} size={16} aria-hidden />
        <span className={styles.texts}>
          <span className={styles.title}>{title}</span>
          {usage !== null && (
            <span className={styles.muted}>
              {usage.linkedBy === null
                ? t('linkedByServer', { when: format.relative(usage.linkedAt) })
                : t('linked', { name: usage.linkedBy.name, when: format.relative(usage.linkedAt) })}
            </span>
          )}
        </span>
        <Badge>{t('type', { type: resource.type })}</Badge>
        {resource.url !== null && /^https?:/.test(resource.url) && (
          <a
            className={styles.link}
            href={resource.url}
            target="_blank"
            rel="noreferrer"
            aria-label={t('openLms', { title })}
          >
            <ExternalLink size={16} aria-hidden />
          </a>
        )}
        {usage !== null && onUnlink !== undefined && (
          <IconButton
            label={t('unlinkLabel', { title })}
            icon={<Unlink aria-hidden />}
            onPress={() => onUnlink(usage)}
          />
        )}
      </div>
      {children.length > 0 && <UsageTree nodes={children} onUnlink={onUnlink} />}
    </li>
  )
}

/** Places that show a media, below the courses and chapters that hold them. */
export const UsageTree = ({ nodes, onUnlink }: UsageTreeProps) => (
  <ul className={styles.tree}>
    {nodes.map((node) => (
      <UsageRow key={node.resource.id} node={node} onUnlink={onUnlink} />
    ))}
  </ul>
)
