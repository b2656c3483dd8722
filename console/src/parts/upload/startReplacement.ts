import type { MediaKind } from '../../api/generated/documents.ts'
import { useUploads } from '../../state/uploads.ts'

interface ReplacementOptions {
  /** Whether the present version stays current until the new one is activated. */
  stage: boolean
  note: string
}

const kindOfType: Record<string, MediaKind> = { video: 'VIDEO', audio: 'AUDIO', image: 'IMAGE' }

/**
 * Kind that the type of a file suggests; null if it suggests none. It is a hint only: the server decides by the bytes, and
 * containers such as Ogg and WebM hold sound or pictures.
 */
const guessKind = ({ type }: Pick<File, 'type'>): MediaKind | null => kindOfType[type.split('/', 1)[0] ?? ''] ?? null

/** Whether a file looks as if the server would refuse it as the next version of a media of this kind. */
export const looksLikeOtherKind = (file: Pick<File, 'type'>, kind: MediaKind): boolean => {
  const guess = guessKind(file)
  if (guess === null) return file.type !== '' && (kind === 'VIDEO' || kind === 'AUDIO' || kind === 'IMAGE')
  const isRecording = guess !== 'IMAGE' && (kind === 'VIDEO' || kind === 'AUDIO')
  return guess !== kind && !isRecording
}

/**
 * Uploads the next version of a media; the list of uploads shows its progress. If the file is empty or looks like another
 * kind, the upload dialog says so first.
 */
export const startReplacement = (
  media: { id: string; title: string; kind: MediaKind },
  file: File,
  { stage, note }: ReplacementOptions,
): void => {
  const { dispatch, setDialogOpen } = useUploads.getState()
  const looksWrong = looksLikeOtherKind(file, media.kind)
  const replaces = { mediaId: media.id, title: media.title, stage, note, looksWrong }
  const item = { id: crypto.randomUUID(), file, title: media.title, replaces }
  if (file.size === 0) dispatch({ type: 'added', items: [{ ...item, stage: 'refused', problem: 'empty' }] })
  else if (looksWrong) dispatch({ type: 'added', items: [{ ...item, stage: 'draft' }] })
  else dispatch({ type: 'added', items: [{ ...item, stage: 'waiting', isStarted: true }] })
  setDialogOpen(file.size === 0 || looksWrong)
}
