import { Ellipsis, FolderInput, FolderPlus, Pencil, Trash2 } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { FolderRow } from '../../data/folders.ts'
import { IconButton } from '../ui/IconButton.tsx'
import { Menu, MenuItem } from '../ui/Menu.tsx'
import type { FolderAction } from './FolderDialog.tsx'

interface FolderActionsProps {
  folder: FolderRow
  onAction(action: FolderAction): void
}

/** Menu of a folder. It opens no dialog itself: its row may be gone before the dialog closes. */
export const FolderActions = ({ folder, onAction }: FolderActionsProps) => {
  const t = useTranslations('filters')
  const label = t('folderActions', { name: folder.name })
  return (
    <Menu label={label} trigger={<IconButton label={label} icon={<Ellipsis aria-hidden />} />}>
      <MenuItem icon={<FolderPlus aria-hidden />} onAction={() => onAction({ type: 'create', parent: folder })}>
        {t('folderNew')}
      </MenuItem>
      <MenuItem icon={<Pencil aria-hidden />} onAction={() => onAction({ type: 'rename', folder })}>
        {t('folderRename')}
      </MenuItem>
      <MenuItem icon={<FolderInput aria-hidden />} onAction={() => onAction({ type: 'move', folder })}>
        {t('folderMove')}
      </MenuItem>
      <MenuItem icon={<Trash2 aria-hidden />} isDangerous onAction={() => onAction({ type: 'delete', folder })}>
        {t('folderDelete')}
      </MenuItem>
    </Menu>
  )
}
