import { Upload } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { usePermissions, useSession } from '../../data/session.ts'
import { useShortcut } from '../shortcuts/useShortcut.ts'
import { Button } from '../ui/Button.tsx'
import { addFiles } from './addFiles.ts'
import { chooseFiles } from './chooseFiles.ts'
import { useCurrentFolder } from './useCurrentFolder.ts'

/** Returns a function that asks for files and adds them to the current folder; null if the caller may not upload. */
export const useChooseUploads = (): (() => void) | null => {
  const { upload } = usePermissions()
  const { maxUploadBytes } = useSession().settings
  const folderId = useCurrentFolder()
  if (!upload) return null
  return () => void chooseFiles({ isMultiple: true }).then((files) => addFiles(files, { folderId, maxUploadBytes }))
}

/** Button that chooses files to upload. Callers who may not upload do not see it. */
export const UploadButton = () => {
  const t = useTranslations('upload')
  const choose = useChooseUploads()
  useShortcut('upload', () => choose?.(), choose !== null)
  if (choose === null) return null
  return (
    <Button variant="primary" icon={<Upload aria-hidden />} onPress={choose}>
      {t('upload')}
    </Button>
  )
}
