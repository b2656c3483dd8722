import { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { recordAll } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { InvalidInputError, StateConflictError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import type { Database, PubSub, Queue } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { conversionJob, profilesOf } from './profiles.ts'
import { publishRendition, retryRenditions } from './transitions.ts'

const shape = z.object({
  mediaId: z.string(),
  profiles: z.array(z.enum(RenditionProfile)).min(1, 'Name at least one profile.').max(20),
})
export type MediaConvertInput = z.input<typeof shape>

interface ConvertOptions {
  database: Database
  lanes: Lanes
  queue: Queue
  pubsub: PubSub
}

export const createConvert =
  ({ database, lanes, queue, pubsub }: ConvertOptions) =>
  async (actor: Actor, raw: MediaConvertInput): Promise<Media> => {
    const { id } = await findChangeableMedia(database, actor, raw.mediaId, 'mediaId')
    const { profiles } = parseInput(shape, raw)
    const renditions = await lanes.run('media', { activity: 'changes of media', mediaId: id }, async (transaction) => {
      // Read again under the lock: the media may have been trashed, purged or replaced since the first read.
      const media = await lockLiveMedia(transaction, id)
      if (media.status !== 'READY')
        throw new StateConflictError(`The media is ${media.status}, not READY. Only READY media can be converted.`)
      const { currentVersionId: versionId } = media
      const suitableProfiles = profilesOf(media)
      const unsupportedProfiles = profiles.filter((profile) => !suitableProfiles.includes(profile))
      if (unsupportedProfiles.length > 0)
        throw new InvalidInputError([
          {
            path: 'profiles',
            message: `Media of kind ${media.kind} and type ${media.mimeType} cannot have ${unsupportedProfiles.join(', ')}.`,
          },
        ])
      const createdRenditions = await transaction.rendition.createManyAndReturn({
        data: [...new Set(profiles)].map((profile) => ({ versionId, profile })),
        skipDuplicates: true,
      })
      const entries = createdRenditions.map((row) => ({ id: row.id, mediaId: id, data: { profile: row.profile } }))
      await recordAll(transaction, actor, 'rendition.requested', entries)
      await queue.send(transaction, ...createdRenditions.map(conversionJob))
      const retriedRenditions = await retryRenditions(transaction, queue, actor, id, {
        versionId,
        profile: { in: profiles },
      })
      return [...retriedRenditions, ...createdRenditions]
    })
    for (const rendition of renditions) publishRendition(pubsub, id, rendition)
    return database.media.findUniqueOrThrow({ where: { id } })
  }
