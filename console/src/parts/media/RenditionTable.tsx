import { useTranslations } from 'use-intl'
import type { RenditionStatus } from '../../api/generated/documents.ts'
import type { MediaDetail } from '../../data/media.ts'
import type { Rendition } from '../../data/renditions.ts'
import { useFormat } from '../format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Progress } from '../ui/Progress.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { RenditionActions } from './RenditionActions.tsx'
import styles from './RenditionTable.module.css'

const tones = {
  QUEUED: 'neutral',
  PROCESSING: 'accent',
  READY: 'success',
  FAILED: 'danger',
  CANCELLED: 'neutral',
} as const satisfies Record<RenditionStatus, string>

/** Renditions of the current version, with their live progress. */
export const RenditionTable = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const format = useFormat()
  const mayChange = media.viewerCanUpdate.allowed
  const columns: Column<Rendition>[] = [
    { key: 'profile', title: t('renditions.profile'), render: ({ profile }) => t('profile', { profile }) },
    {
      key: 'state',
      title: t('renditions.state'),
      render: ({ profile, status, percent, failure }) => (
        <span className={styles.state}>
          <span className={styles.badge}>
            <Badge tone={tones[status]}>{t('renditions.status', { status })}</Badge>
            {status === 'PROCESSING' && <span className={styles.percent}>{Math.floor(percent)} %</span>}
          </span>
          {status === 'PROCESSING' && <Progress label={t('profile', { profile })} percent={percent} />}
          {failure !== null && (
            <span className={styles.failure}>
              {failure.message} {failure.remedy}
            </span>
          )}
        </span>
      ),
    },
    {
      key: 'size',
      title: t('renditions.size'),
      isNumber: true,
      render: ({ sizeBytes }) => (sizeBytes === null ? '–' : format.bytes(sizeBytes)),
    },
    {
      key: 'dimensions',
      title: t('facts.dimensions'),
      isNumber: true,
      render: ({ width, height }) => (width === null || height === null ? '–' : `${width} × ${height}`),
    },
    {
      key: 'actions',
      title: t('actions'),
      render: (rendition) => <RenditionActions mediaId={media.id} rendition={rendition} mayChange={mayChange} />,
    },
  ]
  return <Table caption={t('renditions.title')} columns={columns} rows={media.renditions} rowKey={({ id }) => id} />
}
