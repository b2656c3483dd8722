import { lazy, Suspense, useCallback } from 'react'
import { usePermissions, useSession } from '../../data/session.ts'
import { useOpenUploads } from '../../data/upload/openUploads.ts'
import { useUploads } from '../../state/uploads.ts'
import { addFiles } from './addFiles.ts'
import { DropOverlay } from './DropOverlay.tsx'
import { useCurrentFolder } from './useCurrentFolder.ts'
import { useFileIntake } from './useFileIntake.ts'

const UploadCenter = lazy(async () => ({ default: (await import('./UploadCenter.tsx')).UploadCenter }))

/** Takes files on every screen. What uploads them is loaded with the first file. */
export const UploadHost = () => {
  const { upload } = usePermissions()
  const { maxUploadBytes } = useSession().settings
  const folderId = useCurrentFolder()
  const hasItems = useUploads(({ items }) => items.length > 0)
  const openUploads = useOpenUploads({ isEnabled: upload })
  const add = useCallback(
    (files: readonly File[]) => addFiles(files, { folderId, maxUploadBytes }),
    [folderId, maxUploadBytes],
  )
  const isDragging = useFileIntake(add, upload)
  if (!upload) return null
  return (
    <>
      {isDragging && <DropOverlay folderId={folderId} />}
      {(hasItems || openUploads.length > 0) && (
        <Suspense>
          <UploadCenter hasOpenUploads={openUploads.length > 0} />
        </Suspense>
      )}
    </>
  )
}
