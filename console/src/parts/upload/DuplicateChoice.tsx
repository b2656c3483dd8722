import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { UploadItem } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import styles from './UploadDialog.module.css'

/** Asks whether to use the media that the library holds already, before any byte is sent. */
export const DuplicateChoice = ({ item: { id, existing } }: { item: UploadItem }) => {
  const t = useTranslations('upload')
  const dispatch = useUploads((state) => state.dispatch)
  if (existing === null) return null
  return (
    <Notice tone="warning">
      <p>{t('duplicate', { title: existing.title })}</p>
      <div className={styles.choice}>
        <Button size="small" onPress={() => dispatch({ type: 'existingUsed', id })}>
          {t('useExisting')}
        </Button>
        <Button size="small" onPress={() => dispatch({ type: 'duplicateAllowed', id })}>
          {t('uploadAnyway')}
        </Button>
      </div>
    </Notice>
  )
}

/** Link to the media that is used instead of an upload. */
export const UsedMedia = ({ item: { existing } }: { item: UploadItem }) => {
  const t = useTranslations('upload')
  const setDialogOpen = useUploads((state) => state.setDialogOpen)
  if (existing === null) return null
  return (
    <Notice tone="success">
      <p>{t('used', { title: existing.title })}</p>
      <Link to="/library" search={{ media: existing.id }} onClick={() => setDialogOpen(false)}>
        {t('open', { title: existing.title })}
      </Link>
    </Notice>
  )
}
