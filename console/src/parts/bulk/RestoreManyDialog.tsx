import { useTranslations } from 'use-intl'
import { BulkDialog, type BulkDialogProps } from './BulkDialog.tsx'

/** Restores the selected media from the trash. */
export const RestoreManyDialog = (props: BulkDialogProps) => {
  const t = useTranslations('bulk')
  return (
    <BulkDialog
      {...props}
      action="RESTORE"
      title={t('restoreTitle')}
      confirmLabel={t('restoreConfirm')}
      toRequest={(input) => ({ action: 'RESTORE', input })}
    >
      <p>{t('restoreHint')}</p>
    </BulkDialog>
  )
}
