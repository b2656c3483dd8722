import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { ChevronLeft, Download, Link as LinkIcon } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { usePermissions, useSession } from '../../data/session.ts'
import { MediaMenu } from '../../parts/media/MediaMenu.tsx'
import { MediaState } from '../../parts/media/MediaState.tsx'
import { StatusBadge } from '../../parts/media/StatusBadge.tsx'
import { TrashNotice } from '../../parts/media/TrashNotice.tsx'
import { useCopyLink } from '../../parts/media/useCopyLink.ts'
import { useDraft } from '../../parts/media/useDraft.ts'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { IconButton } from '../../parts/ui/IconButton.tsx'
import { Tabs } from '../../parts/ui/Tabs.tsx'
import { AssignmentsTab } from './AssignmentsTab.tsx'
import { HistoryTab } from './HistoryTab.tsx'
import { LeaveDialog } from './LeaveDialog.tsx'
import styles from './MediaScreen.module.css'
import { OverviewTab } from './OverviewTab.tsx'
import { RenditionsTab } from './RenditionsTab.tsx'
import type { MediaTab } from './tabs.ts'
import { UsagesTab } from './UsagesTab.tsx'
import { VersionsTab } from './VersionsTab.tsx'

const route = getRouteApi('/shell/library/$id/$tab')

/** A media that exists: its name, its state and its tabs. What is typed stays while one looks at other tabs. */
export const MediaPage = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const { tab } = route.useParams()
  const navigate = useNavigate()
  const copyLink = useCopyLink()
  const draft = useDraft(media)
  const { upload } = usePermissions()
  const { viewer } = useSession()
  const above = (
    <Link className={styles.back} to="/library">
      <ChevronLeft size={14} aria-hidden />
      {media.folder?.path ?? t('back')}
    </Link>
  )
  return (
    <>
      <ScreenHeader title={media.title} above={above}>
        <StatusBadge status={media.status} />
        <IconButton label={t('copyLink')} icon={<LinkIcon aria-hidden />} onPress={() => void copyLink(media.id)} />
        <a className={styles.download} href={media.downloadUrl} download>
          <Download size={16} aria-hidden />
          {t('download')}
        </a>
        <MediaMenu media={media} />
      </ScreenHeader>
      <div className={styles.content}>
        <div className={styles.notices}>
          <TrashNotice media={media} />
          <MediaState media={media} />
        </div>
        <Tabs<MediaTab>
          label={t('tabs')}
          selected={tab}
          onSelect={(next) =>
            void navigate({ to: '/library/$id/$tab', params: { id: media.id, tab: next }, replace: true })
          }
          tabs={[
            { id: 'overview', label: t('overview'), content: () => <OverviewTab media={media} state={draft} /> },
            {
              id: 'usages',
              label: t('usages.title'),
              count: media.usageCount,
              content: () => <UsagesTab media={media} />,
            },
            {
              id: 'versions',
              label: t('versions.title'),
              count: media.versions.totalCount,
              content: () => <VersionsTab media={media} />,
            },
            { id: 'renditions', label: t('renditions.title'), content: () => <RenditionsTab media={media} /> },
            ...(viewer.role === 'VIEWER'
              ? []
              : [{ id: 'history' as const, label: t('history.title'), content: () => <HistoryTab media={media} /> }]),
            {
              id: 'assignments',
              label: t('assignments.title'),
              count: media.assignmentCount,
              content: () => <AssignmentsTab media={media} />,
            },
          ]}
        />
      </div>
      <LeaveDialog media={media} isDirty={draft.isDirty && upload} />
    </>
  )
}
