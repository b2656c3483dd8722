import { useTranslations } from 'use-intl'
import { RequestError } from '../../api/errors.ts'
import type { BulkPreview } from '../../data/bulk.ts'
import { useFormat } from '../format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './BulkDialog.module.css'
import { MediaLink } from './MediaLink.tsx'
import type { BulkDialogState } from './useBulkDialog.ts'

type Refusal = BulkPreview['refused'][number]

const Refused = ({ refusal: { count, message, sample }, isLinked }: { refusal: Refusal; isLinked: boolean }) => {
  const t = useTranslations('bulk')
  const rest = count - sample.length
  return (
    <li className={styles.refusal}>
      <p>
        <strong>{t('refused', { count })}</strong> {message}
      </p>
      {sample.length > 0 && (
        <ul className={styles.sample}>
          {sample.map(({ id, title, usageCount }) => (
            <li key={id}>
              {isLinked ? <MediaLink id={id}>{title}</MediaLink> : title}
              {usageCount > 0 && <Badge>{t('uses', { count: usageCount })}</Badge>}
            </li>
          ))}
          {rest > 0 && <li>{t('others', { count: rest })}</li>}
        </ul>
      )}
    </li>
  )
}

const Changed = ({ change, onAccept }: { change: { before: number; now?: number }; onAccept(now: number): void }) => {
  const t = useTranslations('bulk')
  const { before, now } = change
  return (
    <Notice
      tone="warning"
      isAlert
      title={t('changed')}
      action={
        now !== undefined && (
          <Button size="small" onPress={() => onAccept(now)}>
            {t('accept', { count: now })}
          </Button>
        )
      }
    >
      {now === undefined ? <p>{t('counting')}</p> : <p>{t('changedHint', { before, now })}</p>}
    </Notice>
  )
}

interface BulkPreviewViewProps {
  dialog: BulkDialogState
  /** Whether the media are in the library, where links lead to them. */
  isLinked: boolean
}

/** Shows the effect that a bulk change would have now: the number of media, and which of them the server would refuse for which reasons. */
export const BulkPreviewView = ({ dialog: { preview, change, accept }, isLinked }: BulkPreviewViewProps) => {
  const t = useTranslations('bulk')
  const tCommon = useTranslations('common')
  const format = useFormat()
  if (change !== null) return <Changed change={change} onAccept={accept} />
  if (preview.isError) {
    const requestId = preview.error instanceof RequestError ? preview.error.requestId : null
    return (
      <Notice
        tone="danger"
        isAlert
        action={
          <Button size="small" isPending={preview.isFetching} onPress={() => void preview.refetch()}>
            {tCommon('retry')}
          </Button>
        }
      >
        <p>{preview.error.message}</p>
        {requestId !== null && <code>{tCommon('requestId', { id: requestId })}</code>}
      </Notice>
    )
  }
  if (preview.data === undefined)
    return (
      <div className={styles.preview} aria-busy>
        <Skeleton height="1.25rem" width="70%" />
      </div>
    )
  const { total, allowed, bytes, refused } = preview.data
  return (
    <div className={styles.preview}>
      <p role="status">
        <strong>{t('previewTotal', { count: total })}</strong>
        {`, ${format.bytes(bytes)}. `}
        {allowed < total && t('previewAllowed', { allowed, refused: total - allowed })}
      </p>
      {refused.length > 0 && (
        <ul className={styles.refusals} aria-label={t('refusals')}>
          {refused.map((refusal) => (
            <Refused key={`${refusal.code} ${refusal.message}`} refusal={refusal} isLinked={isLinked} />
          ))}
        </ul>
      )}
    </div>
  )
}
