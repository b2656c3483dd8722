import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import type { Version } from '../../data/versions.ts'
import { useFormat } from '../format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { Checkbox } from '../ui/Checkbox.tsx'
import { Notice } from '../ui/Notice.tsx'
import { FailureNotice } from './FailureNotice.tsx'
import { MediaThumb } from './MediaThumb.tsx'
import { StatusBadge } from './StatusBadge.tsx'
import styles from './VersionRow.module.css'

interface VersionRowProps {
  media: MediaDetail
  version: Version
  isCompared: boolean
  /** Absent: there is nothing to compare it with. */
  onCompare?(isCompared: boolean): void
  onActivate(): void
}

/** A version in the list of versions: what it holds, who added it, and whether it can be shown. */
export const VersionRow = ({ media, version, isCompared, onCompare, onActivate }: VersionRowProps) => {
  const t = useTranslations('media')
  const format = useFormat()
  const { number, isCurrent, status, kind, width, height, durationSeconds } = version
  const isOlder = number < media.currentVersion.number
  const facts = [
    version.originalFileName,
    format.bytes(version.sizeBytes),
    ...(width === null || height === null ? [] : [`${width} × ${height}`]),
    ...(durationSeconds === null ? [] : [format.duration(durationSeconds)]),
  ]
  return (
    <li className={styles.version} data-current={isCurrent || undefined}>
      <span className={styles.picture}>
        <MediaThumb media={{ kind, thumbnail: version.thumbnailUrl, thumbnailPlaceholder: null }} />
      </span>
      <div className={styles.texts}>
        <h2 className={styles.title}>
          {t('versions.number', { number })}
          {isCurrent && <Badge tone="accent">{t('versions.current')}</Badge>}
          {!isCurrent && !isOlder && status === 'READY' && <Badge tone="warning">{t('versions.staged')}</Badge>}
          {status !== 'READY' && <StatusBadge status={status} />}
        </h2>
        {version.note !== null && <p className={styles.note}>{version.note}</p>}
        <p className={styles.muted}>{facts.join(' · ')}</p>
        <p className={styles.muted}>
          {t('versions.by', {
            name: version.createdBy?.name ?? t('facts.unknown'),
            when: format.dateTime(version.createdAt),
          })}
        </p>
        {version.failure !== null && <FailureNotice title={t('failed.title')} failure={version.failure} />}
        {version.warnings.map(({ code, message }) => (
          <Notice key={code} tone="warning">
            {message}
          </Notice>
        ))}
      </div>
      <div className={styles.actions}>
        {onCompare !== undefined && (
          <Checkbox isSelected={isCompared} onChange={onCompare} aria-label={t('versions.compareLabel', { number })}>
            {t('versions.compare')}
          </Checkbox>
        )}
        {!isCurrent && status === 'READY' && media.viewerCanUpdate.allowed && (
          <Button
            size="small"
            aria-label={t(isOlder ? 'versions.rollBackLabel' : 'versions.activateLabel', { number })}
            onPress={onActivate}
          >
            {t(isOlder ? 'versions.rollBack' : 'versions.activate')}
          </Button>
        )}
      </div>
    </li>
  )
}
