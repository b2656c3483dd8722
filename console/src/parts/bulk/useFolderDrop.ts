import { type DragEvent, useRef } from 'react'
import { useTranslations } from 'use-intl'
import { messageOf } from '../../api/errors.ts'
import { useMoveMedia } from '../../data/bulk.ts'
import { usePermissions } from '../../data/session.ts'
import { librarySelection } from '../../state/selection.ts'
import { useToasts } from '../../state/toasts.ts'

/** Marks drags of the selection, so that files and texts that are dragged are left alone. */
const dragType = 'application/x-mediagraph-selection'

const rowAt = (event: DragEvent): HTMLElement | null =>
  (event.target as Element).closest<HTMLElement>('[role=treeitem][data-folder]') // as: drags are over elements

/** Id of the folder of a row, null for no folder, undefined for a row that is no place. */
const folderOf = (row: HTMLElement | null): string | null | undefined => {
  const id = row?.dataset['folder']
  return id === 'root' ? null : id === 'all' ? undefined : id
}

/**
 * Returns the handlers of an element around a list of media and the folder tree: selected media that are dragged to a
 * folder are moved into it. The bar with bulk changes has a button that does the same.
 */
export const useFolderDrop = () => {
  const t = useTranslations('bulk')
  const { upload } = usePermissions()
  const show = useToasts((state) => state.show)
  const { move } = useMoveMedia()
  const marked = useRef<HTMLElement>(null)

  const mark = (row: HTMLElement | null): void => {
    if (row === marked.current) return
    marked.current?.removeAttribute('data-drop-target')
    row?.setAttribute('data-drop-target', '')
    marked.current = row
  }

  const drop = async (folderId: string | null): Promise<void> => {
    const { toBulkInput, clear } = librarySelection.getState()
    try {
      const { summary } = await move({ ...toBulkInput(), errorPolicy: 'REJECT_FAILED_ROWS' }, folderId)
      show({ tone: 'neutral', message: t('started', { summary }) })
      clear()
    } catch (error) {
      show({ tone: 'danger', message: messageOf(error) })
    }
  }

  return {
    onDragStart: (event: DragEvent): void => {
      if ((event.target as Element).closest('[data-media]') === null) return // as: see above
      if (!upload) {
        event.preventDefault()
        return
      }
      event.dataTransfer.setData(dragType, '')
      event.dataTransfer.effectAllowed = 'move'
    },
    onDragOver: (event: DragEvent): void => {
      if (!event.dataTransfer.types.includes(dragType)) return
      const row = rowAt(event)
      const isPlace = folderOf(row) !== undefined
      mark(isPlace ? row : null)
      if (!isPlace) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'move'
    },
    onDrop: (event: DragEvent): void => {
      const folderId = folderOf(rowAt(event))
      mark(null)
      if (folderId === undefined || !event.dataTransfer.types.includes(dragType)) return
      event.preventDefault()
      void drop(folderId)
    },
    onDragEnd: () => mark(null),
  }
}
