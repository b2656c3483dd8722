import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { LinkTarget } from '../../data/linkTargets.ts'
import { BulkDialog, type BulkDialogProps } from './BulkDialog.tsx'
import { LinkTargetPicker } from './LinkTargetPicker.tsx'

/** Links the selected media to a course, chapter or lesson. */
export const LinkDialog = (props: BulkDialogProps) => {
  const t = useTranslations('bulk')
  const [resource, setResource] = useState<LinkTarget | null>(null)
  return (
    <BulkDialog
      {...props}
      action="LINK"
      title={t('linkTitle')}
      confirmLabel={resource === null ? t('linkConfirm') : t('linkTo', { name: resource.title ?? resource.externalId })}
      toRequest={(target) => {
        if (resource === null) return null
        const { source, type, externalId } = resource
        return { action: 'LINK', input: { target, resource: { source, type, externalId } } }
      }}
    >
      <LinkTargetPicker value={resource} onChange={setResource} />
    </BulkDialog>
  )
}
