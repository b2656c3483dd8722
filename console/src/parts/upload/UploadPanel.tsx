import { ChevronDown, ChevronUp } from 'lucide-react'
import { useId, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { OpenUpload } from '../../data/upload/openUploads.ts'
import { isDraft } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { IconButton } from '../ui/IconButton.tsx'
import { UploadList } from './UploadList.tsx'
import styles from './UploadPanel.module.css'

/** Corner of the window that shows the uploads while there are any. */
export const UploadPanel = ({ openUploads }: { openUploads: readonly OpenUpload[] }) => {
  const t = useTranslations('upload')
  const [isOpen, setIsOpen] = useState(true)
  const bodyId = useId()
  const { items, isDialogOpen } = useUploads()
  const started = items.filter((item) => !isDraft(item))
  const done = started.filter(({ stage }) => stage === 'ready').length
  const hasOnlyDrafts = started.length === 0 && openUploads.length === 0
  if (hasOnlyDrafts && isDialogOpen) return null
  return (
    <section className={styles.panel} aria-label={t('uploads')}>
      <header className={styles.header}>
        <h2 className={styles.title}>{t('uploads')}</h2>
        {started.length > 0 && <span className={styles.count}>{t('progress', { done, total: started.length })}</span>}
        <IconButton
          label={t('show')}
          aria-expanded={isOpen}
          aria-controls={bodyId}
          icon={isOpen ? <ChevronDown aria-hidden /> : <ChevronUp aria-hidden />}
          onPress={() => setIsOpen(!isOpen)}
        />
      </header>
      <div id={bodyId} className={styles.body} hidden={!isOpen}>
        <UploadList openUploads={openUploads} />
      </div>
    </section>
  )
}
