import { type Media, type MediaVersion, Prisma } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { StateConflictError } from '../kernel/errors.ts'
import type { Job } from '../kernel/jobs.ts'
import type { Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { publishRendition, retryRenditions } from '../rendition/transitions.ts'
import { publishVersion } from './succession.ts'

interface RetryOptions {
  database: Database
  lanes: Lanes
  queue: Queue
  pubsub: PubSub
}

export const createRetry = ({ database, lanes, queue, pubsub }: RetryOptions) => {
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
    // A failed replacement has not changed the media; neither does its second examination.
    if (versions.some(({ id }) => id === media.currentVersionId))
      await transaction.media.update({ where: { id: media.id }, data: { status: 'PROCESSING' } })
    for (const { number: versionNumber } of versions)
      await record(transaction, actor, 'media.retried', media, { versionNumber })
    await queue.send(
      transaction,
      ...versions.map(({ id: versionId, revision }): Job => ({ name: 'ingest', payload: { versionId, revision } })),
    )
    return versions
  }

  return async (actor: Actor, id: string): Promise<Media> => {
    const { id: mediaId } = await findChangeableMedia(database, actor, id)
    const { versions, renditions } = await lanes.run(
      'media',
      { activity: 'changes of media', mediaId },
      async (transaction) => {
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
      },
    )
    if (versions.length + renditions.length === 0)
      throw new StateConflictError('This media has no failed version or rendition to retry.')
    for (const version of versions) publishVersion(pubsub, version)
    for (const rendition of renditions) publishRendition(pubsub, mediaId, rendition)
    return database.media.findUniqueOrThrow({ where: { id: mediaId } })
  }
}
