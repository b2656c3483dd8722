import type { Media, Rendition } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { changeMediaSelect, enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Database, PubSub, Queue } from '../kernel/ports.ts'
import { createConvert, type MediaConvertInput } from './convert.ts'
import { createRenditionTransition, publishRendition, recordRendition, retryRenditions } from './transitions.ts'

export interface Renditions {
  /** Asks for renditions of the current version; what is there already, or on its way, stays. */
  convert(actor: Actor, input: MediaConvertInput): Promise<Media>
  retry(actor: Actor, id: string): Promise<Rendition>
  cancel(actor: Actor, id: string): Promise<Rendition>
}

interface RenditionsOptions {
  database: Database
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
    if (rendition === null || rendition.version.media.deletedAt !== null)
      throw new NotFoundError('There is no such rendition.', id)
    enforce(mayChangeMedia(actor, rendition.version.media))
    return { rendition, mediaId: rendition.version.mediaId }
  }

  return {
    convert: createConvert(options),

    async retry(actor, nodeId) {
      const { rendition, mediaId } = await requireChangeable(actor, nodeId)
      const { id, status, attempts } = rendition
      if (status !== 'FAILED' && status !== 'CANCELLED')
        throw new StateConflictError(`Only what failed or was cancelled can be retried; this is ${status}.`)
      const [queued] = await database.$transaction((transaction) =>
        retryRenditions(transaction, queue, actor, mediaId, { id, attempts }),
      )
      if (queued === undefined) throw new StateConflictError('Somebody else has just changed this rendition.')
      publishRendition(pubsub, mediaId, queued)
      return queued
    },

    async cancel(actor, nodeId) {
      const { rendition, mediaId } = await requireChangeable(actor, nodeId)
      const cancelled = await transitionAndPublish(
        { id: rendition.id },
        mediaId,
        { transition: 'cancel' },
        (transaction, row) =>
          recordRendition(transaction, actor, 'rendition.cancelled', row, mediaId, { profile: row.profile }),
      )
      if (cancelled === null) throw new StateConflictError('Only what is queued or being made can be cancelled.')
      return cancelled
    },
  }
}
