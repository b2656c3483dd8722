import { Ellipsis, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { usePermissions } from '../../data/session.ts'
import { DeleteDialog } from '../delete/DeleteDialog.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import { Menu, MenuItem } from '../ui/Menu.tsx'

interface MediaMenuProps {
  media: MediaDetail
  onDeleted?(): void
}

/** Further actions on a media, for those whose role has any. */
export const MediaMenu = ({ media, onDeleted }: MediaMenuProps) => {
  const t = useTranslations('media')
  const { upload } = usePermissions()
  const [isDeleting, setIsDeleting] = useState(false)
  if (!upload || media.deletedAt !== null) return null
  // The dialog shows where a media is used that can be deleted otherwise.
  const { allowed, reason } = media.viewerCanUpdate
  return (
    <>
      <Menu label={t('more')} trigger={<IconButton label={t('more')} icon={<Ellipsis aria-hidden />} />}>
        <MenuItem
          icon={<Trash2 aria-hidden />}
          isDangerous
          isDisabled={!allowed}
          reason={reason}
          onAction={() => setIsDeleting(true)}
        >
          {t('delete')}
        </MenuItem>
      </Menu>
      {isDeleting && <DeleteDialog media={media} onClose={() => setIsDeleting(false)} onDeleted={onDeleted} />}
    </>
  )
}
