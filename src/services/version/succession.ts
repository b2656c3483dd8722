import type { Media, MediaVersion, Rendition } from '../../../prisma/generated/client/client.ts'
import { parseFailure } from '../kernel/failure.ts'
import { type MediaMessage, mediaChannel, renditionStateOf } from '../kernel/messages.ts'
import type { PubSub, Transaction } from '../kernel/ports.ts'

/**
 * Makes another version current and copies its fields to the media. The caller holds the media's row lock and passes a
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
 * Whether a version that has just become usable becomes current automatically: the newest one wins. A version overtaken
 * by a newer one never does, even if another caller has since gone back to a still earlier version.
 */
export const shouldBecomeCurrent = async (transaction: Transaction, version: MediaVersion): Promise<boolean> => {
  if (version.staged) return false
  const newerCount = await transaction.mediaVersion.count({
    where: { mediaId: version.mediaId, number: { gt: version.number }, status: 'READY', staged: false },
  })
  return newerCount === 0
}

/** Publishes a version's new state, together with the renditions that the same change created, in one message. */
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
