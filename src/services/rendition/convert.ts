import { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import type { Actor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { InvalidInputError, StateConflictError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import type { Database, PubSub, Queue } from '../kernel/ports.ts'
import { runInMediaLane } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { conversionJob, profilesByKind } from './profiles.ts'
import { publishRendition, recordRendition, retryRenditions } from './transitions.ts'

export interface MediaConvertInput {
  mediaId: string
  profiles: RenditionProfile[]
}

const shape = z.object({
  profiles: z.array(z.enum(RenditionProfile)).min(1, 'Name at least one profile.').max(20),
})

interface ConvertOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
}

export const createConvert =
  ({ database, queue, pubsub }: ConvertOptions) =>
  async (actor: Actor, raw: MediaConvertInput): Promise<Media> => {
    const { id } = await findChangeableMedia(database, actor, raw.mediaId, 'mediaId')
    const { profiles } = parseInput(shape, raw)
    const renditions = await runInMediaLane(database, id, async (transaction) => {
      // As it is now: it may have been trashed, purged or replaced since it was read.
      const media = await lockLiveMedia(transaction, id)
      if (media.status !== 'READY') throw new StateConflictError(`The media is ${media.status}, not READY.`)
      const { currentVersionId: versionId } = media
      const unfit = profiles.filter((profile) => !profilesByKind[media.kind].includes(profile))
      if (unfit.length > 0)
        throw new InvalidInputError([{ path: 'profiles', message: `${media.kind} has no ${unfit.join(', ')}.` }])
      const created = await transaction.rendition.createManyAndReturn({
        data: [...new Set(profiles)].map((profile) => ({ versionId, profile })),
        skipDuplicates: true,
      })
      for (const rendition of created)
        await recordRendition(transaction, actor, 'rendition.requested', rendition, id, { profile: rendition.profile })
      await queue.send(transaction, ...created.map(conversionJob))
      const retried = await retryRenditions(transaction, queue, actor, id, { versionId, profile: { in: profiles } })
      return [...retried, ...created]
    })
    for (const rendition of renditions) publishRendition(pubsub, id, rendition)
    return database.media.findUniqueOrThrow({ where: { id } })
  }
