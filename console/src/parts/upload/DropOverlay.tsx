import { CloudUpload } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useFolderPath } from '../../data/folders.ts'
import styles from './DropOverlay.module.css'

/** Covers the window while files are dragged over it, and says where they go. */
export const DropOverlay = ({ folderId }: { folderId: string | null }) => {
  const t = useTranslations('upload')
  const { data: folder } = useFolderPath(folderId ?? undefined)
  return (
    <div className={styles.overlay}>
      <div className={styles.card}>
        <CloudUpload size={36} aria-hidden />
        <p className={styles.title}>{t('drop')}</p>
        <p className={styles.folder}>{folder == null ? t('intoNoFolder') : t('intoFolder', { name: folder.name })}</p>
      </div>
    </div>
  )
}
