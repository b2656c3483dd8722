import { useTranslations } from 'use-intl'
import { type FolderRow, useFolderDelete } from '../../data/folders.ts'
import { useToasts } from '../../state/toasts.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Notice } from '../ui/Notice.tsx'

interface FolderDeleteDialogProps {
  folder: FolderRow
  onClose(): void
  onDeleted(): void
}

/** Asks before a folder is deleted. A refusal is shown in the server's words. */
export const FolderDeleteDialog = ({ folder, onClose, onDeleted }: FolderDeleteDialogProps) => {
  const t = useTranslations('filters')
  const common = useTranslations('common')
  const { run, error, isPending } = useFolderDelete()
  const show = useToasts((state) => state.show)
  const remove = async (): Promise<void> => {
    await run(folder.id)
    show({ tone: 'success', message: t('deleted', { name: folder.name }) })
    onClose()
    onDeleted()
  }
  return (
    <Dialog
      title={t('folderDeleteTitle', { name: folder.name })}
      size="small"
      isAlert
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{common('cancel')}</Button>
          {/* The dialog shows the error. */}
          <Button variant="danger" isPending={isPending} onPress={() => void remove().catch(() => undefined)}>
            {common('delete')}
          </Button>
        </>
      }
    >
      <p>{t('folderDeleteQuestion')}</p>
      {error !== null && (
        <Notice tone="danger" isAlert>
          {error.message}
        </Notice>
      )}
    </Dialog>
  )
}
