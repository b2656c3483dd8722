import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { type MediaDetail, useRetryMedia } from '../../data/media.ts'
import { Notice } from '../ui/Notice.tsx'
import { Problem } from '../ui/Problem.tsx'
import { Progress } from '../ui/Progress.tsx'
import { FailureNotice } from './FailureNotice.tsx'
import styles from './MediaState.module.css'

const working: readonly string[] = ['QUEUED', 'PROCESSING']

/** State of a media: conversions, failures with their remedy, defects, and versions that wait. */
export const MediaState = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const retry = useRetryMedia()
  const onRetry = media.viewerCanUpdate.allowed ? () => retry.mutate({ id: media.id }) : undefined
  const newest = media.versions.nodes[0]
  const hasNewer = newest !== undefined && !newest.isCurrent && newest.number > media.currentVersion.number
  const conversions = media.renditions.filter(({ status }) => working.includes(status))
  const failed = media.renditions.filter(({ failure }) => failure !== null)
  const { warnings, number: current } = media.currentVersion
  return (
    <div className={styles.state} role="status">
      {media.status === 'PROCESSING' && (
        <div className={styles.work}>
          <p>{t('inProgress')}</p>
          <Progress label={t('inProgress')} percent={null} />
        </div>
      )}
      {conversions.map(({ id, profile, percent, status }) => (
        <div key={id} className={styles.work}>
          <p className={styles.percent} aria-hidden>
            <span>{t('profile', { profile })}</span>
            <span>{status === 'QUEUED' ? t('renditions.status', { status }) : `${Math.floor(percent)} %`}</span>
          </p>
          <Progress label={t('profile', { profile })} percent={status === 'QUEUED' ? null : percent} />
        </div>
      ))}
      {media.failure !== null && (
        <FailureNotice
          title={t('failed.title')}
          failure={media.failure}
          onRetry={onRetry}
          isPending={retry.isPending}
        />
      )}
      {failed.map(({ id, profile, failure }) => (
        <FailureNotice
          key={id}
          title={`${t('profile', { profile })}: ${t('renditions.status', { status: 'FAILED' })}`}
          failure={failure ?? { message: '', remedy: null, retryable: false }}
          onRetry={onRetry}
          isPending={retry.isPending}
        />
      ))}
      {hasNewer && newest.failure !== null && (
        <FailureNotice
          title={t('failed.newVersion', { number: newest.number })}
          failure={newest.failure}
          onRetry={onRetry}
          isPending={retry.isPending}
        />
      )}
      {hasNewer && newest.status === 'PROCESSING' && (
        <Notice>{t('versions.examining', { number: newest.number, current })}</Notice>
      )}
      {hasNewer && newest.status === 'READY' && (
        <Notice
          action={
            <Link to="/library/$id/$tab" params={{ id: media.id, tab: 'versions' }}>
              {t('versions.title')}
            </Link>
          }
        >
          {t('versions.waiting', { number: newest.number })}
        </Notice>
      )}
      {warnings.map(({ code, message }) => (
        <Notice key={code} tone="warning">
          {message}
        </Notice>
      ))}
      {retry.error !== null && <Problem error={retry.error} />}
    </div>
  )
}
