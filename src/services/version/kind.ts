import type { MediaKind, MediaStatus } from '../../../prisma/generated/client/enums.ts'
import type { FailureReason } from '../kernel/failure.ts'
import type { MediaInfo } from '../kernel/mediaInfo.ts'

interface CurrentMedia {
  kind: MediaKind
  mimeType: string
  status: MediaStatus
}

const playableKinds: readonly MediaKind[] = ['VIDEO', 'AUDIO']

/**
 * Whether a media whose current version is `current` may switch to a version with this media info. The first usable version
 * fixes the kind of a media. Until then the kind is a guess from the first bytes: OTHER carries no information, and a
 * recording of sound without picture looks like a video.
 */
export const isCompatibleKind = (
  current: CurrentMedia,
  { kind, mimeType }: Pick<MediaInfo, 'kind' | 'mimeType'>,
): boolean => {
  if (current.kind === kind || current.status === 'FAILED') return true
  // Some pictures, such as SVG and PSD, were of other kinds before.
  if (kind === 'IMAGE' && current.mimeType === mimeType) return true
  if (current.status === 'READY') return false
  return current.kind === 'OTHER' || (playableKinds.includes(current.kind) && playableKinds.includes(kind))
}

export const kindMismatch = (current: MediaKind, newKind: MediaKind): FailureReason => ({
  code: 'KIND_MISMATCH',
  message: `The new file is of kind ${newKind}, but the media that it replaces is of kind ${current}.`,
  remedy: 'Choose a file of the same kind, or upload this file as a new media.',
  retryable: false,
})
