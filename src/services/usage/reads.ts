import type { MediaUsage } from '../../../prisma/generated/client/client.ts'
import { inOrder } from '../kernel/inOrder.ts'
import type { Connection, PageArguments } from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { usagesConnection, usagesPage } from './usagePage.ts'

/** Reads links. */
export interface UsageReads {
  /** Lists the usages of a media, which prevent its deletion unless that is forced. */
  ofMedia(mediaId: string, args: PageArguments, query: object): Promise<Connection<MediaUsage>>
  byId(id: string, query: object): Promise<MediaUsage>
  /** Number of links of each resource, read by one statement. */
  countsOfResources(resourceIds: readonly string[]): Promise<number[]>
}

export const createUsageReads = (database: Database): UsageReads => ({
  async ofMedia(mediaId, args, query) {
    const { where, orderBy, take } = usagesPage(args)
    const rows = await database.mediaUsage.findMany({ ...query, where: { ...where, mediaId }, orderBy, take })
    return usagesConnection(args, rows, () => database.mediaUsage.count({ where: { mediaId } }))
  },

  byId: (id, query) => database.mediaUsage.findUniqueOrThrow({ ...query, where: { id } }),

  async countsOfResources(resourceIds) {
    const counts = await database.mediaUsage.groupBy({
      by: 'resourceId',
      where: { resourceId: { in: [...resourceIds] } },
      _count: true,
    })
    return inOrder(resourceIds, counts, 'resourceId').map((row) => row?._count ?? 0)
  },
})
