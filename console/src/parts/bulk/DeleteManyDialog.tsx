import { useTranslations } from 'use-intl'
import { usePermissions, useSession } from '../../data/session.ts'
import styles from './BulkDialog.module.css'
import { BulkDialog, type BulkDialogProps } from './BulkDialog.tsx'

/** Moves the selected media to the trash. Media in use stay, and are listed with the reason. */
export const DeleteManyDialog = (props: BulkDialogProps) => {
  const t = useTranslations('bulk')
  const { settings } = useSession()
  const { administer } = usePermissions()
  return (
    <BulkDialog
      {...props}
      action="DELETE"
      title={t('deleteTitle')}
      confirmLabel={t('deleteConfirm')}
      isDangerous
      toRequest={(input) => ({ action: 'DELETE', input })}
    >
      <p>{t('deleteHint', { days: settings.trashDays })}</p>
      {administer && <p className={styles.hint}>{t('forceHint')}</p>}
    </BulkDialog>
  )
}
