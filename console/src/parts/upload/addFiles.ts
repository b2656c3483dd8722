import type { LocalProblem, NewUpload } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'

/** Why a file cannot be uploaded, as far as its size says; null if it can. */
export const problemOf = ({ size }: Pick<File, 'size'>, maxUploadBytes: number): LocalProblem | null => {
  if (size === 0) return 'empty'
  return size > maxUploadBytes ? 'tooLarge' : null
}

/** Name of a file without its ending. */
export const titleOf = (fileName: string): string => fileName.replace(/(?<=.)\.[^.]{1,10}$/, '')

interface AddOptions {
  /** Folder into which they go; null for none. */
  folderId: string | null
  maxUploadBytes: number
}

/** Adds chosen files to the queue and opens the dialog in which they are prepared. */
export const addFiles = (files: readonly File[], { folderId, maxUploadBytes }: AddOptions): void => {
  if (files.length === 0) return
  const { dispatch, setDialogOpen } = useUploads.getState()
  const items = files.map((file): NewUpload => {
    const problem = problemOf(file, maxUploadBytes)
    const known = { id: crypto.randomUUID(), file, folderId, title: titleOf(file.name) }
    return problem === null ? known : { ...known, problem, stage: 'refused' }
  })
  dispatch({ type: 'added', items })
  setDialogOpen(true)
}
