import { z } from 'zod'
import type { Resource } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { BatchRefusedError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { notFoundMessage } from '../kernel/notFound.ts'
import { enforce, mayLink } from '../kernel/policies.ts'
import type { Clock } from '../kernel/ports.ts'
import { checkChainDepth, resourceShape } from '../kernel/resourceInput.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { bulkChange } from './bulkChange.ts'
import { linkAll, unlinkAll } from './links.ts'
import { upsertInLane } from './upsertInLane.ts'

const maxMedia = 10_000

const setShape = z.object({
  resource: resourceShape,
  mediaIds: z.array(z.string()).max(maxMedia, `At most ${maxMedia} media are allowed.`),
})
export type ResourceMediaSetInput = z.input<typeof setShape>

const refuseMissing = (mediaIds: readonly string[], liveIds: ReadonlySet<string>): void => {
  const missing = mediaIds.filter((id) => !liveIds.has(id)).map((id) => globalId('Media', id))
  if (missing.length === 0) return
  throw new BatchRefusedError(
    missing.map((nodeId) => ({ nodeId, code: 'NOT_FOUND', message: notFoundMessage('Media') })),
  )
}

export const createSetMedia =
  ({ lanes, clock }: { lanes: Lanes; clock: Clock }) =>
  async (actor: Actor, input: ResourceMediaSetInput): Promise<Resource> => {
    enforce(mayLink(actor))
    checkChainDepth(input.resource, 'resource')
    const { resource, mediaIds } = parseInput(setShape, input)
    const requestedIds = [...new Set(mediaIds.map((id, index) => parseId('Media', id, `mediaIds.${index}`)))]
    const options = { ...bulkChange, lane: 'maintenance', actor, resource, replacesMedia: true } as const
    return upsertInLane(lanes, options, async (transaction, resourceId) => {
      const usages = await transaction.mediaUsage.findMany({
        where: { resourceId },
        select: { mediaId: true },
      })
      const requestedSet = new Set(requestedIds)
      const obsoleteIds = usages.map(({ mediaId }) => mediaId).filter((id) => !requestedSet.has(id))
      const mediaRows = await lockMedia(transaction, [...requestedIds, ...obsoleteIds])
      refuseMissing(requestedIds, new Set(mediaRows.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => id)))
      const now = clock.now()
      await unlinkAll(transaction, actor, { resourceIds: [resourceId], mediaIds: obsoleteIds }, now)
      await linkAll(transaction, actor, { resourceId, mediaIds: requestedIds }, now)
      return transaction.resource.findUniqueOrThrow({ where: { id: resourceId } })
    })
  }
