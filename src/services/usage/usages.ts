import { z } from 'zod'
import type { Media, MediaUsage } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { enforce, mayLink } from '../kernel/policies.ts'
import type { Clock, Database } from '../kernel/ports.ts'
import { checkChainDepth, refShape, resourceChain, resourceShape } from '../kernel/resourceInput.ts'
import { type Lanes, laneTimeoutMs } from '../locking/lanes.ts'
import { lockLiveMediaRow } from '../locking/rowLocks.ts'
import { requireResource } from '../resource/key.ts'
import { linkAll, unlink } from '../resource/links.ts'
import { upsertInLane } from '../resource/upsertInLane.ts'
import { createLinkBatches } from './linkBatches.ts'
import { createUsageReads, type UsageReads } from './reads.ts'

const linkShape = z.object({ mediaId: z.string(), resource: resourceShape })
type MediaLinkInput = z.input<typeof linkShape>

const unlinkShape = z.object({ mediaId: z.string(), resource: refShape })
type MediaUnlinkInput = z.input<typeof unlinkShape>

/** Links between media and the LMS resources that show them. */
export interface Usages extends UsageReads {
  /** Links a media to a resource. Idempotent: a repeated call returns the existing link. */
  link(actor: Actor, input: MediaLinkInput): Promise<MediaUsage>
  /** Removes a link. Idempotent: succeeds if the media is not linked to the resource. */
  unlink(actor: Actor, input: MediaUnlinkInput): Promise<Media>
}

interface UsagesOptions {
  database: Database
  lanes: Lanes
  clock: Clock
}

export const createUsages = ({ database, lanes, clock }: UsagesOptions): Usages => {
  const linkTogether = createLinkBatches({ lanes, clock })
  return {
    ...createUsageReads(database),

    async link(actor, input) {
      enforce(mayLink(actor))
      const mediaId = parseId('Media', input.mediaId, 'mediaId')
      checkChainDepth(input.resource, 'resource')
      const { resource } = parseInput(linkShape, input)
      const chain = resourceChain(resource, 'resource')
      const deadline = performance.now() + laneTimeoutMs('media')
      const usage = await linkTogether({ actor, mediaId, chain })
      if (usage !== null) return usage
      const timeoutMs = deadline - performance.now()
      const options = { lane: 'media', activity: 'links', mediaId, actor, resource, timeoutMs } as const
      return upsertInLane(lanes, options, async (transaction, resourceId) => {
        await lockLiveMediaRow(transaction, mediaId)
        const [createdUsage] = await linkAll(transaction, actor, { resourceId, mediaIds: [mediaId] }, clock.now())
        if (createdUsage !== undefined) return createdUsage
        return transaction.mediaUsage.findUniqueOrThrow({ where: { mediaId_resourceId: { mediaId, resourceId } } })
      })
    },

    async unlink(actor, input) {
      enforce(mayLink(actor))
      const id = parseId('Media', input.mediaId, 'mediaId')
      const { resource: ref } = parseInput(unlinkShape, input)
      return lanes.run('media', { activity: 'changes of media', mediaId: id }, async (transaction) => {
        await lockLiveMediaRow(transaction, id)
        const resource = await requireResource(transaction, ref)
        await unlink(transaction, actor, { resourceId: resource.id, mediaId: id }, clock.now())
        return transaction.media.findUniqueOrThrow({ where: { id } })
      })
    },
  }
}
