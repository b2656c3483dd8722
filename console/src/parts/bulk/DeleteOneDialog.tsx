import { useMediaTitles } from '../../data/mediaTitles.ts'
import { DeleteDialog } from '../delete/DeleteDialog.tsx'

interface DeleteOneDialogProps {
  id: string
  onClose(): void
  onDeleted(): void
}

/** Asks before the one selected media is moved to the trash. */
export const DeleteOneDialog = ({ id, ...props }: DeleteOneDialogProps) => {
  const media = useMediaTitles([id]).data?.get(id)
  return media === undefined ? null : <DeleteDialog media={media} {...props} />
}
