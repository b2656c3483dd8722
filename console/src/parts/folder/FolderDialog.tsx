import type { FolderRow } from '../../data/folders.ts'
import { FolderDeleteDialog } from './FolderDeleteDialog.tsx'
import { FolderMoveDialog } from './FolderMoveDialog.tsx'
import { FolderNameDialog } from './FolderNameDialog.tsx'

export type FolderAction =
  | { type: 'create'; parent: FolderRow | null }
  | { type: 'rename' | 'move' | 'delete'; folder: FolderRow }

interface FolderDialogProps {
  action: FolderAction
  onClose(): void
  /** Called after the folder was deleted. */
  onDeleted(folder: FolderRow): void
}

/** Dialog of an action on a folder. */
export const FolderDialog = ({ action, onClose, onDeleted }: FolderDialogProps) => {
  switch (action.type) {
    case 'create':
      return <FolderNameDialog purpose={action} onClose={onClose} />
    case 'rename':
      return <FolderNameDialog purpose={{ type: 'rename', folder: action.folder }} onClose={onClose} />
    case 'move':
      return <FolderMoveDialog folder={action.folder} onClose={onClose} />
    case 'delete':
      return <FolderDeleteDialog folder={action.folder} onClose={onClose} onDeleted={() => onDeleted(action.folder)} />
  }
}
