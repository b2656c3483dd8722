import { useTranslations } from 'use-intl'
import { usePermissions } from '../../data/session.ts'
import { useOpenUploads } from '../../data/upload/openUploads.ts'
import { isBusy, isDraft, isFinal } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { Button } from '../ui/Button.tsx'
import styles from './UploadList.module.css'
import { UploadList } from './UploadList.tsx'

export const useBusyUploadCount = (): number => useUploads(({ items }) => items.filter(isBusy).length)

/** Uploads in the activity tray. */
export const UploadTraySection = () => {
  const t = useTranslations('upload')
  const { upload } = usePermissions()
  const openUploads = useOpenUploads({ isEnabled: upload })
  const { items, dispatch } = useUploads()
  const started = items.filter((item) => !isDraft(item))
  const done = started.filter(({ stage }) => stage === 'ready').length
  if (items.length === 0 && openUploads.length === 0) return null
  return (
    <section className={styles.section} aria-label={t('uploads')}>
      <header className={styles.header}>
        <h3>{t('uploads')}</h3>
        {started.length > 0 && <span className={styles.text}>{t('progress', { done, total: started.length })}</span>}
        {started.some(isFinal) && (
          <Button size="small" variant="quiet" onPress={() => dispatch({ type: 'finishedRemoved' })}>
            {t('clearFinished')}
          </Button>
        )}
      </header>
      <UploadList openUploads={openUploads} />
    </section>
  )
}
