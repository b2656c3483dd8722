import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { BulkDialog, type BulkDialogProps } from './BulkDialog.tsx'
import { TagField } from './TagField.tsx'

/** Adds tags to the selected media, and removes others. */
export const TagDialog = (props: BulkDialogProps) => {
  const t = useTranslations('bulk')
  const [add, setAdd] = useState<readonly string[]>([])
  const [remove, setRemove] = useState<readonly string[]>([])
  return (
    <BulkDialog
      {...props}
      action="TAG"
      title={t('tagTitle')}
      confirmLabel={t('tagConfirm')}
      toRequest={(target) =>
        add.length + remove.length === 0
          ? null
          : { action: 'TAG', input: { target, add: [...add], remove: [...remove] } }
      }
    >
      <TagField label={t('add')} tags={add} onChange={setAdd} />
      <TagField label={t('remove')} tags={remove} onChange={setRemove} canCreate={false} />
    </BulkDialog>
  )
}
