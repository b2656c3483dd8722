import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type FolderRow, useFolderUpdate } from '../../data/folders.ts'
import { usePanels } from '../../state/panels.ts'
import { useToasts } from '../../state/toasts.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Notice } from '../ui/Notice.tsx'
import { FolderPicker } from './FolderPicker.tsx'

/** Asks where to move a folder, then moves it with everything in it. */
export const FolderMoveDialog = ({ folder, onClose }: { folder: FolderRow; onClose(): void }) => {
  const t = useTranslations('filters')
  const common = useTranslations('common')
  const [parentId, setParentId] = useState<string | null>()
  const { run, error, isPending, reset } = useFolderUpdate()
  const setFoldersOpen = usePanels((state) => state.setFoldersOpen)
  const show = useToasts((state) => state.show)
  const move = async (): Promise<void> => {
    await run({ id: folder.id, parentId })
    if (parentId != null) setFoldersOpen([parentId], true)
    show({ tone: 'success', message: t('moved', { name: folder.name }) })
    onClose()
  }
  const choose = (id: string | null): void => {
    reset()
    setParentId(id)
  }
  return (
    <Dialog
      title={t('folderMoveTitle', { name: folder.name })}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{common('cancel')}</Button>
          <Button
            variant="primary"
            isDisabled={parentId === undefined}
            isPending={isPending}
            // The dialog shows the error.
            onPress={() => void move().catch(() => undefined)}
          >
            {t('move')}
          </Button>
        </>
      }
    >
      <FolderPicker
        label={t('folderMoveTo')}
        rootLabel={t('top')}
        value={parentId}
        onChange={choose}
        disabledId={folder.id}
      />
      {error !== null && (
        <Notice tone="danger" isAlert>
          {error.message}
        </Notice>
      )}
    </Dialog>
  )
}
