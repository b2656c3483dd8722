import { recordAll } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import { globalId } from '../kernel/ids.ts'
import { enforce, mayLink } from '../kernel/policies.ts'
import type { Clock } from '../kernel/ports.ts'
import type { ResourceRef } from '../kernel/resourceInput.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { bulkChange } from './bulkChange.ts'
import { parseKey, requireResource } from './key.ts'
import { unlinkAll } from './links.ts'
import { findSubtreeIds } from './tree.ts'

export const createDelete =
  ({ lanes, clock }: { lanes: Lanes; clock: Clock }) =>
  async (actor: Actor, ref: ResourceRef): Promise<{ id: string }> => {
    enforce(mayLink(actor))
    const key = parseKey(ref)
    return lanes.run('maintenance', bulkChange, async (transaction) => {
      const root = await requireResource(transaction, key)
      const resourceIds = await findSubtreeIds(transaction, root.id)
      const usages = await transaction.mediaUsage.findMany({
        where: { resourceId: { in: resourceIds } },
        select: { mediaId: true },
        distinct: 'mediaId',
      })
      const mediaIds = usages.map(({ mediaId }) => mediaId)
      await lockMedia(transaction, mediaIds)
      await unlinkAll(transaction, actor, { resourceIds, mediaIds }, clock.now())
      const deletedResources = await transaction.resource.updateManyAndReturn({
        where: { id: { in: resourceIds }, deletedAt: null },
        data: { deletedAt: clock.now() },
      })
      const entries = deletedResources.map(({ id, source, type, externalId }) => {
        return { id, data: { source, type, externalId } }
      })
      await recordAll(transaction, actor, 'resource.deleted', entries)
      return { id: globalId('Resource', root.id) }
    })
  }
