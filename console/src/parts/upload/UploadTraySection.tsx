import { useTranslations } from 'use-intl'
import { usePermissions } from '../../data/session.ts'
import { useOpenUploads } from '../../data/upload/openUploads.ts'
import { isBusy, isDraft } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import styles from './UploadList.module.css'
import { UploadList } from './UploadList.tsx'

export const useBusyUploadCount = (): number => useUploads(({ items }) => items.filter(isBusy).length)

/** Uploads in the activity tray. */
export const UploadTraySection = () => {
  const t = useTranslations('upload')
  const { upload } = usePermissions()
  const openUploads = useOpenUploads({ isEnabled: upload })
  const items = useUploads((state) => state.items)
  const started = items.filter((item) => !isDraft(item))
  const done = started.filter(({ stage }) => stage === 'ready').length
  if (items.length === 0 && openUploads.length === 0) return null
  return (
    <section className={styles.section} aria-label={t('uploads')}>
      <header className={styles.header}>
        <h3>{t('uploads')}</h3>
        {started.length > 0 && <span className={styles.text}>{t('progress', { done, total: started.length })}</span>}
      </header>
      <UploadList openUploads={openUploads} />
    </section>
  )
}
