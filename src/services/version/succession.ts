import type { Media, MediaVersion, Rendition } from '../../../prisma/generated/client/client.ts'
import type { MediaKind, MediaStatus } from '../../../prisma/generated/client/enums.ts'
import { type FailureReason, parseFailure } from '../kernel/failure.ts'
import { type MediaMessage, mediaChannel, renditionStateOf } from '../kernel/messages.ts'
import type { PubSub, Transaction } from '../kernel/ports.ts'

interface CurrentMedia {
  kind: MediaKind
  status: MediaStatus
}

const playableKinds: readonly MediaKind[] = ['VIDEO', 'AUDIO']

/**
 * Whether a media that shows `current` may come to show something of this kind. Its kind is settled by the first version
 * that could be used. Until then it is what the first bytes look like: OTHER says nothing, and sound without picture looks
 * like a video.
 */
export const isCompatibleKind = (current: CurrentMedia, kind: MediaKind): boolean => {
  if (current.kind === kind || current.status === 'FAILED') return true
  if (current.status === 'READY') return false
  return current.kind === 'OTHER' || (playableKinds.includes(current.kind) && playableKinds.includes(kind))
}

export const kindMismatch = (current: MediaKind, newKind: MediaKind): FailureReason => ({
  code: 'KIND_MISMATCH',
  message: `The new file is of the kind ${newKind}, but the media that it was to replace is of the kind ${current}.`,
  remedy: 'Choose a file of the same kind, or upload this one as a media of its own.',
  retryable: false,
})

/**
 * Makes another version current, together with all that the media repeats of it. Called under the media's lock, with a
 * version whose bytes were found usable.
 */
export const switchVersion = async (transaction: Transaction, version: MediaVersion): Promise<Media> => {
  const { kind, mimeType, sizeBytes, sha256, status, originalFileName } = version
  return transaction.media.update({
    where: { id: version.mediaId },
    data: { currentVersionId: version.id, kind, mimeType, sizeBytes, sha256, status, originalFileName },
  })
}

/**
 * Whether a version that has just become usable takes over by itself: the newest wins. One that was overtaken stays
 * behind, also where somebody has gone back to a still earlier version since.
 */
export const shouldBecomeCurrent = async (transaction: Transaction, version: MediaVersion): Promise<boolean> => {
  if (version.staged) return false
  const newerCount = await transaction.mediaVersion.count({
    where: { mediaId: version.mediaId, number: { gt: version.number }, status: 'READY', staged: false },
  })
  return newerCount === 0
}

/** Tells subscribers of a version's new state, and of renditions created by the same change, in one message. */
export const publishVersion = (pubsub: PubSub, version: MediaVersion, renditions: readonly Rendition[] = []): void => {
  const { id, mediaId, revision, status } = version
  const message: MediaMessage = {
    type: 'version',
    id,
    revision,
    status,
    failure: parseFailure(version.failure),
    renditions: renditions.map(renditionStateOf),
  }
  pubsub.publish(mediaChannel(mediaId), message)
}
