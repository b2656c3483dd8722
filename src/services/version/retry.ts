import { type Media, type MediaVersion, Prisma } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { StateConflictError } from '../kernel/errors.ts'
import type { Job } from '../kernel/jobs.ts'
import type { Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { runInMediaLane } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { publishRendition, retryRenditions } from '../rendition/transitions.ts'
import { publishVersion } from './succession.ts'

interface RetryOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
}

export const createRetry = ({ database, queue, pubsub }: RetryOptions) => {
  /** Changes failed versions back to PROCESSING and queues their examination. */
  const examineAgain = async (
    transaction: Transaction,
    actor: Actor,
    media: Media,
    versionIds: string[],
  ): Promise<MediaVersion[]> => {
    const versions = await transaction.mediaVersion.updateManyAndReturn({
      where: { id: { in: versionIds }, status: 'FAILED' },
      data: { status: 'PROCESSING', failure: Prisma.DbNull, revision: { increment: 1 } },
    })
    // A replacement that failed has changed nothing of the media, nor does its second examination.
    if (versions.some(({ id }) => id === media.currentVersionId))
      await transaction.media.update({ where: { id: media.id }, data: { status: 'PROCESSING' } })
    for (const { number: versionNumber } of versions)
      await record(transaction, actor, {
        action: 'media.retried',
        nodeType: 'Media',
        nodeId: media.id,
        mediaId: media.id,
        data: { versionNumber },
      })
    await queue.send(
      transaction,
      ...versions.map(({ id: versionId, revision }): Job => ({ name: 'ingest', payload: { versionId, revision } })),
    )
    return versions
  }

  return async (actor: Actor, id: string): Promise<Media> => {
    const { id: mediaId } = await findChangeableMedia(database, actor, id)
    const { versions, renditions } = await runInMediaLane(database, mediaId, async (transaction) => {
      const media = await lockLiveMedia(transaction, mediaId)
      const newest = await transaction.mediaVersion.findFirst({ where: { mediaId }, orderBy: { number: 'desc' } })
      const versionIds = [...new Set([media.currentVersionId, newest?.id ?? media.currentVersionId])]
      return {
        versions: await examineAgain(transaction, actor, media, versionIds),
        renditions: await retryRenditions(transaction, queue, actor, mediaId, {
          versionId: { in: versionIds },
          status: 'FAILED',
        }),
      }
    })
    if (versions.length + renditions.length === 0) throw new StateConflictError('Nothing of this media has failed.')
    for (const version of versions) publishVersion(pubsub, version)
    for (const rendition of renditions) publishRendition(pubsub, mediaId, rendition)
    return database.media.findUniqueOrThrow({ where: { id: mediaId } })
  }
}
