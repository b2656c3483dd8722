import { useEffect, useState } from 'react'
import { hasFiles, readDroppedFiles } from './droppedFiles.ts'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea') !== null)

/** Takes files that are dropped or pasted anywhere in the window. Returns whether files are dragged over it now. */
export const useFileIntake = (onFiles: (files: readonly File[]) => void, isEnabled: boolean): boolean => {
  const [isDragging, setIsDragging] = useState(false)
  useEffect(() => {
    if (!isEnabled) return
    const abort = new AbortController()
    const { signal } = abort
    const over = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) return
      event.preventDefault()
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy'
      setIsDragging(true)
    }
    const leave = (event: DragEvent): void => {
      // Moving from one element to another leaves the first one, too.
      if (event.relatedTarget === null) setIsDragging(false)
    }
    const drop = (event: DragEvent): void => {
      setIsDragging(false)
      if (event.dataTransfer === null || !hasFiles(event.dataTransfer)) return
      event.preventDefault()
      void readDroppedFiles(event.dataTransfer).then(onFiles)
    }
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length === 0 || isTyping(event.target)) return
      event.preventDefault()
      onFiles(files)
    }
    addEventListener('dragenter', over, { signal })
    addEventListener('dragover', over, { signal })
    addEventListener('dragleave', leave, { signal })
    addEventListener('drop', drop, { signal })
    addEventListener('paste', paste, { signal })
    return () => abort.abort()
  }, [onFiles, isEnabled])
  return isDragging
}
