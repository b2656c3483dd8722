import { Link } from '@tanstack/react-router'
import { Download, Link as LinkIcon, SquareArrowOutUpRight, X } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useMedia } from '../../data/media.ts'
import { IconButton } from '../ui/IconButton.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Problem } from '../ui/Problem.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './DetailPanel.module.css'
import { MediaFacts } from './MediaFacts.tsx'
import { MediaMenu } from './MediaMenu.tsx'
import { MediaPreview } from './MediaPreview.tsx'
import { MediaState } from './MediaState.tsx'
import { PanelAssignments, PanelUsages } from './PanelPlaces.tsx'
import { StatusBadge } from './StatusBadge.tsx'
import { TrashNotice } from './TrashNotice.tsx'
import { useCopyLink } from './useCopyLink.ts'

interface DetailPanelProps {
  id: string
  onClose(): void
}

/** Details of one media beside a list: its state, its facts, where it is used and who has it. */
export const DetailPanel = ({ id, onClose }: DetailPanelProps) => {
  const t = useTranslations('media')
  const { data: media, error, refetch } = useMedia(id)
  const copyLink = useCopyLink()
  return (
    <aside className={styles.panel} aria-label={t('panel')}>
      <header className={styles.header}>
        <h2 className={styles.title}>{media?.title ?? t('details')}</h2>
        <IconButton label={t('closePanel')} icon={<X aria-hidden />} onPress={onClose} />
      </header>
      <div className={styles.body}>
        {media === undefined && error !== null && <Problem error={error} onRetry={() => void refetch()} />}
        {media === undefined && error === null && (
          <>
            <Skeleton height="12rem" />
            <Skeleton height="2rem" />
            <Skeleton height="14rem" />
          </>
        )}
        {media === null && <Notice title={t('gone.title')}>{t('gone.hint')}</Notice>}
        {media != null && (
          <>
            <MediaPreview media={media} />
            <div className={styles.actions}>
              <Link className={styles.open} to="/library/$id/$tab" params={{ id: media.id, tab: 'overview' }}>
                <SquareArrowOutUpRight size={16} aria-hidden />
                {t('open')}
              </Link>
              <a className={styles.iconLink} href={media.downloadUrl} download aria-label={t('download')}>
                <Download size={18} aria-hidden />
              </a>
              <IconButton
                label={t('copyLink')}
                icon={<LinkIcon aria-hidden />}
                onPress={() => void copyLink(media.id)}
              />
              <MediaMenu media={media} onDeleted={onClose} />
              <span className={styles.status}>
                <StatusBadge status={media.status} />
              </span>
            </div>
            <TrashNotice media={media} />
            <MediaState media={media} />
            <section className={styles.section}>
              <h3>{t('details')}</h3>
              <MediaFacts media={media} hasPlace />
            </section>
            <PanelUsages media={media} />
            <PanelAssignments media={media} />
          </>
        )}
      </div>
    </aside>
  )
}
