import { useTranslations } from 'use-intl'
import type { OpenUpload } from '../../data/upload/openUploads.ts'
import { isDraft, isFinal, type Stage, type UploadItem } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { Button } from '../ui/Button.tsx'
import { OpenUploadItem } from './OpenUploadItem.tsx'
import styles from './UploadList.module.css'
import { UploadListItem } from './UploadListItem.tsx'

const ListActions = () => {
  const t = useTranslations('upload')
  const { items, dispatch, setDialogOpen } = useUploads()
  const drafts = items.filter(isDraft).length
  const failed = items.filter(({ failure }) => failure !== null && failure.retry !== null)
  const retryAll = (): void => {
    for (const { id } of failed) dispatch({ type: 'retried', id })
  }
  if (drafts === 0 && failed.length === 0) return null
  return (
    <div className={styles.bar}>
      {drafts > 0 && (
        <>
          <p className={styles.text}>{t('drafts', { count: drafts })}</p>
          <Button size="small" onPress={() => setDialogOpen(true)}>
            {t('openDialog')}
          </Button>
        </>
      )}
      {failed.length > 0 && (
        <Button size="small" onPress={retryAll}>
          {t('retryFailed', { count: failed.length })}
        </Button>
      )}
    </div>
  )
}

const rankOf = (item: UploadItem): number => {
  const asking: readonly Stage[] = ['duplicate', 'failed']
  if (asking.includes(item.stage)) return 0
  return isFinal(item) ? 2 : 1
}

/** Uploads of this page, those that need the person first and those that have ended last, and unfinished ones from before. */
export const UploadList = ({ openUploads }: { openUploads: readonly OpenUpload[] }) => {
  const t = useTranslations('upload')
  const items = useUploads((state) => state.items)
  const own = new Set(items.map(({ uploadId }) => uploadId))
  const earlier = openUploads.filter(({ id }) => !own.has(id))
  const listed = items.filter((item) => !isDraft(item)).toSorted((one, other) => rankOf(one) - rankOf(other))
  return (
    <>
      <ListActions />
      {listed.length > 0 && (
        <ul className={styles.list} aria-label={t('uploads')}>
          {listed.map((item) => (
            <UploadListItem key={item.id} item={item} />
          ))}
        </ul>
      )}
      {earlier.length > 0 && (
        <>
          <div className={styles.subtitle}>
            <h3>{t('earlier')}</h3>
            <p className={styles.text}>{t('earlierHint')}</p>
          </div>
          <ul className={styles.list} aria-label={t('earlier')}>
            {earlier.map((upload) => (
              <OpenUploadItem key={upload.id} upload={upload} />
            ))}
          </ul>
        </>
      )}
    </>
  )
}
