import { Link } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { DuplicateCluster } from '../../data/duplicates.ts'
import { useFormat } from '../format.ts'
import { MediaThumb } from '../media/MediaThumb.tsx'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import styles from './Cluster.module.css'

interface CopyProps {
  media: DuplicateCluster['media'][number]
  isKept: boolean
  onKeep(): void
}

/** One media of a cluster, with what differs between copies. */
export const Copy = ({ media, isKept, onKeep }: CopyProps) => {
  const t = useTranslations('duplicates')
  const format = useFormat()
  const facts = [
    [
      t('uploaded'),
      `${format.date(media.uploadedAt)}${media.uploadedBy === null ? '' : ` · ${media.uploadedBy.name}`}`,
    ],
    [t('folder'), media.folder?.path ?? t('root')],
    [t('usage'), `${t('uses', { count: media.usageCount })}, ${t('assigned', { count: media.assignmentCount })}`],
    [t('tags'), media.tags.length === 0 ? t('none') : media.tags.join(', ')],
  ] as const
  return (
    <li className={styles.copy} data-kept={isKept || undefined}>
      <span className={styles.picture}>
        <MediaThumb media={media} />
      </span>
      <div className={styles.texts}>
        <Link to="/library" search={{ media: media.id }} className={styles.title}>
          {media.title}
        </Link>
        <dl className={styles.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {isKept ? (
          <Badge tone="success" icon={<Check aria-hidden />}>
            {t('kept')}
          </Badge>
        ) : (
          <Button size="small" onPress={onKeep}>
            {t('keep')}
          </Button>
        )}
      </div>
    </li>
  )
}
