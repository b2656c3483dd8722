import { Unlink } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { type MediaUsage, useMediaUsages } from '../../data/mediaUsages.ts'
import { usePermissions } from '../../data/session.ts'
import { UnlinkDialog } from '../../parts/media/UnlinkDialog.tsx'
import { UsageTree } from '../../parts/media/UsageTree.tsx'
import { toUsageTree } from '../../parts/media/usages.ts'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { PagedContent } from '../../parts/ui/PagedContent.tsx'
import styles from './MediaScreen.module.css'

/** Places that show a media, as a tree of the courses. */
export const UsagesTab = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media.usages')
  const query = useMediaUsages(media.id)
  const { link } = usePermissions()
  const [usage, setUsage] = useState<MediaUsage | null>(null)
  const empty = (
    <EmptyState icon={<Unlink size={24} aria-hidden />} title={t('empty')}>
      {link && media.deletedAt === null && t('emptyHint')}
    </EmptyState>
  )
  return (
    <section className={styles.card} aria-label={t('title')}>
      <PagedContent query={query} empty={empty}>
        {(usages) => (
          <UsageTree nodes={toUsageTree(usages)} onUnlink={link && media.deletedAt === null ? setUsage : undefined} />
        )}
      </PagedContent>
      {usage !== null && <UnlinkDialog mediaId={media.id} usage={usage} onClose={() => setUsage(null)} />}
    </section>
  )
}
