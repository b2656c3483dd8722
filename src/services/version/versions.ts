import type { Media, MediaVersion } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { parseFailure } from '../kernel/failure.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { runInMediaLane } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { createRetry } from './retry.ts'
import { isCompatibleKind, publishVersion, switchVersion } from './succession.ts'

export interface MediaVersionActivateInput {
  mediaId: string
  number: number
}

export interface Versions {
  /** Makes a READY version current: the staged next one, or an earlier one (rollback). */
  activate(actor: Actor, input: MediaVersionActivateInput): Promise<Media>
  /**
   * Retries what failed of the current version and of the newest one, which may be a replacement that was refused: the
   * examination of the bytes, or the renditions that could not be made. Versions in between are history.
   */
  retry(actor: Actor, mediaId: string): Promise<Media>
}

interface VersionsOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
}

const refuseUnusable = ({ number, status, failure }: MediaVersion): void => {
  if (status === 'PROCESSING') throw new StateConflictError(`Version ${number} is still being examined.`)
  if (status === 'FAILED')
    throw new StateConflictError(`Version ${number} cannot be used. ${parseFailure(failure)?.message ?? ''}`.trim())
}

export const createVersions = (options: VersionsOptions): Versions => {
  const { database, pubsub } = options

  const activateIn = async (
    transaction: Transaction,
    actor: Actor,
    { mediaId, number }: MediaVersionActivateInput,
  ): Promise<{ media: Media; activatedVersion: MediaVersion | null }> => {
    const media = await lockLiveMedia(transaction, mediaId)
    enforce(mayChangeMedia(actor, media))
    const version = await transaction.mediaVersion.findUnique({ where: { mediaId_number: { mediaId, number } } })
    if (version === null) throw new NotFoundError(`This media has no version ${number}.`, globalId('Media', mediaId))
    refuseUnusable(version)
    if (version.id === media.currentVersionId) return { media, activatedVersion: null }
    const current = await transaction.mediaVersion.findUniqueOrThrow({ where: { id: media.currentVersionId } })
    if (!isCompatibleKind(current, version.kind))
      throw new StateConflictError(`Version ${number} is of the kind ${version.kind}, the media is ${current.kind}.`)
    const activatedVersion = await transaction.mediaVersion.update({
      where: { id: version.id },
      // Nothing of its status changes; the revision makes followers see the switch.
      data: { staged: false, revision: { increment: 1 } },
    })
    await record(transaction, actor, {
      action: 'media.activated',
      nodeType: 'Media',
      nodeId: mediaId,
      mediaId,
      data: { versionNumber: number, previousVersionNumber: current.number, sha256: version.sha256 },
    })
    return { media: await switchVersion(transaction, activatedVersion), activatedVersion }
  }

  return {
    async activate(actor, { mediaId: nodeId, number }) {
      const mediaId = parseId('Media', nodeId, 'mediaId')
      const { media, activatedVersion } = await runInMediaLane(database, mediaId, (transaction) =>
        activateIn(transaction, actor, { mediaId, number }),
      )
      if (activatedVersion !== null) publishVersion(pubsub, activatedVersion)
      return media
    },

    retry: createRetry(options),
  }
}
