import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { Checkbox } from '../ui/Checkbox.tsx'
import { BulkDialog, type BulkDialogProps } from './BulkDialog.tsx'

/** Permanently deletes the selected media in the trash. */
export const PurgeManyDialog = (props: BulkDialogProps) => {
  const t = useTranslations('bulk')
  const [isSure, setSure] = useState(false)
  return (
    <BulkDialog
      {...props}
      action="PURGE"
      title={t('purgeTitle')}
      confirmLabel={t('purgeConfirm')}
      isDangerous
      toRequest={(input) => (isSure ? { action: 'PURGE', input } : null)}
    >
      <p>{t('purgeHint')}</p>
      <Checkbox isSelected={isSure} onChange={setSure}>
        {t('purgeSure')}
      </Checkbox>
    </BulkDialog>
  )
}
