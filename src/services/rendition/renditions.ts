import type { Media, Rendition } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import { StateConflictError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { notFound } from '../kernel/notFound.ts'
import { changeMediaSelect, enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Database, PubSub, Queue } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { createConvert, type MediaConvertInput } from './requestRenditions.ts'
import { createRenditionTransition, publishRendition, retryRenditions } from './transitions.ts'

export interface Renditions {
  /** Requests renditions of the current version. Finished and running ones stay; failed and cancelled ones are retried. */
  convert(actor: Actor, input: MediaConvertInput): Promise<Media>
  /** Queues a FAILED or CANCELLED rendition for another conversion. */
  retry(actor: Actor, id: string): Promise<Rendition>
  /** Cancels a QUEUED or PROCESSING rendition. */
  cancel(actor: Actor, id: string): Promise<Rendition>
}

interface RenditionsOptions {
  database: Database
  lanes: Lanes
  queue: Queue
  pubsub: PubSub
}

const withMedia = {
  version: { select: { mediaId: true, media: { select: { id: true, ...changeMediaSelect, deletedAt: true } } } },
}

export const createRenditions = (options: RenditionsOptions): Renditions => {
  const { database, queue, pubsub } = options
  const transitionAndPublish = createRenditionTransition(options)

  const requireChangeable = async (actor: Actor, id: string) => {
    const rendition = await database.rendition.findUnique({
      where: { id: parseId('Rendition', id) },
      include: withMedia,
    })
    if (rendition === null || rendition.version.media.deletedAt !== null) throw notFound('Rendition', id)
    enforce(mayChangeMedia(actor, rendition.version.media))
    return { rendition, mediaId: rendition.version.mediaId }
  }

  return {
    convert: createConvert(options),

    async retry(actor, nodeId) {
      const { rendition, mediaId } = await requireChangeable(actor, nodeId)
      const { id, status, attempts } = rendition
      if (status !== 'FAILED' && status !== 'CANCELLED')
        throw new StateConflictError(
          `This rendition is ${status}. Only FAILED and CANCELLED renditions can be retried.`,
        )
      const [queuedRendition] = await database.$transaction((transaction) =>
        retryRenditions(transaction, queue, actor, mediaId, { id, attempts }),
      )
      if (queuedRendition === undefined)
        throw new StateConflictError('Another client has just changed this rendition. Read it again, then retry.')
      publishRendition(pubsub, mediaId, queuedRendition)
      return queuedRendition
    },

    async cancel(actor, nodeId) {
      const { rendition, mediaId } = await requireChangeable(actor, nodeId)
      const cancelledRendition = await transitionAndPublish(
        { id: rendition.id },
        mediaId,
        { transition: 'cancel' },
        (transaction, { id, profile }) =>
          record(transaction, actor, 'rendition.cancelled', { id, mediaId }, { profile }),
      )
      if (cancelledRendition === null)
        throw new StateConflictError('Only QUEUED and PROCESSING renditions can be cancelled.')
      return cancelledRendition
    },
  }
}
