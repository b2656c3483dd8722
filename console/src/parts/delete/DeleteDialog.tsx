import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { RefusalError } from '../../api/errors.ts'
import { usePermissions, useSession } from '../../data/session.ts'
import { useDeleteMedia } from '../../data/trash.ts'
import { Button } from '../ui/Button.tsx'
import { Checkbox } from '../ui/Checkbox.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Notice } from '../ui/Notice.tsx'
import styles from './DeleteDialog.module.css'
import { MediaUses } from './MediaUses.tsx'
import { useRestore } from './useRestore.ts'

interface DeleteDialogProps {
  media: { id: string; title: string; usageCount?: number }
  onClose(): void
  /** Called when the media is in the trash. */
  onDeleted?(): void
}

interface InUse {
  usageCount: number
  assignmentCount: number
}

const usesIn = (error: Error | null): InUse | null => {
  if (!(error instanceof RefusalError) || error.refusal.__typename !== 'MediaInUseError') return null
  const { usageCount = 0, assignmentCount = 0 } = error.refusal as Partial<InUse> // as: the document selects both
  return { usageCount, assignmentCount }
}

/**
 * Asks before a media is moved to the trash. It hides while the server decides, so that the list shows the result at
 * once, and returns with the reason if the server refuses: for media in use, with all places and people.
 */
export const DeleteDialog = ({ media: { id, title, usageCount = 0 }, onClose, onDeleted }: DeleteDialogProps) => {
  const t = useTranslations('trash')
  const tCommon = useTranslations('common')
  const { settings } = useSession()
  const { administer } = usePermissions()
  const [isForced, setForced] = useState(false)
  const remove = useDeleteMedia()
  const showDeleted = useRestore().showDeleted
  const inUse = usesIn(remove.error)

  const confirm = async (): Promise<void> => {
    try {
      await remove.mutateAsync({ id, force: inUse !== null && isForced })
    } catch {
      return // The dialog shows the error.
    }
    showDeleted({ id, title })
    onDeleted?.()
    onClose()
  }

  return (
    <Dialog
      title={inUse === null ? t('askDelete') : t('inUse', { title })}
      isOpen={remove.isIdle || remove.isError}
      isAlert
      size={inUse === null ? 'small' : 'medium'}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{tCommon(inUse === null || administer ? 'cancel' : 'close')}</Button>
          {(inUse === null || administer) && (
            <Button variant="danger" isDisabled={inUse !== null && !isForced} onPress={() => void confirm()}>
              {inUse === null ? t('delete') : t('forceDelete')}
            </Button>
          )}
        </>
      }
    >
      {remove.error !== null && (
        <Notice tone={inUse === null ? 'danger' : 'warning'} isAlert>
          {remove.error.message}
        </Notice>
      )}
      {inUse === null ? (
        <>
          <p>{t('askDeleteHint', { title, days: settings.trashDays })}</p>
          {usageCount > 0 && remove.error === null && (
            <p className={styles.hint}>{t('usedHint', { count: usageCount })}</p>
          )}
        </>
      ) : (
        <MediaUses id={id} {...inUse} />
      )}
      {inUse !== null && administer && (
        <div>
          <Checkbox isSelected={isForced} onChange={setForced}>
            {t('force')}
          </Checkbox>
          <p className={styles.hint}>{t('forceHint')}</p>
        </div>
      )}
    </Dialog>
  )
}
