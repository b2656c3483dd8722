import type { Media, MediaVersion } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { parseFailure } from '../kernel/failure.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { PubSub, Transaction } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { isCompatibleKind } from './kind.ts'
import { publishVersion, switchVersion } from './succession.ts'

export interface MediaVersionActivateInput {
  mediaId: string
  number: number
}

const refuseUnusable = ({ number, status, failure }: MediaVersion): void => {
  if (status === 'PROCESSING')
    throw new StateConflictError(`Version ${number} is still being examined. Try again once it is READY.`)
  if (status === 'FAILED')
    throw new StateConflictError(`Version ${number} cannot be used. ${parseFailure(failure)?.message ?? ''}`.trim())
}

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
  if (!isCompatibleKind(current, version))
    throw new StateConflictError(
      `Version ${number} is of kind ${version.kind}, but the media is of kind ${current.kind}.`,
    )
  const activatedVersion = await transaction.mediaVersion.update({
    where: { id: version.id },
    // The status stays the same; the higher revision makes live subscriptions deliver the switch.
    data: { staged: false, revision: { increment: 1 } },
  })
  const data = { versionNumber: number, previousVersionNumber: current.number, sha256: version.sha256 }
  await record(transaction, actor, 'media.activated', media, data)
  return { media: await switchVersion(transaction, activatedVersion), activatedVersion }
}

export const createActivate =
  ({ lanes, pubsub }: { lanes: Lanes; pubsub: PubSub }) =>
  async (actor: Actor, { mediaId: nodeId, number }: MediaVersionActivateInput): Promise<Media> => {
    const mediaId = parseId('Media', nodeId, 'mediaId')
    const { media, activatedVersion } = await lanes.run(
      'media',
      { activity: 'changes of media', mediaId },
      (transaction) => activateIn(transaction, actor, { mediaId, number }),
    )
    if (activatedVersion !== null) publishVersion(pubsub, activatedVersion)
    return media
  }
