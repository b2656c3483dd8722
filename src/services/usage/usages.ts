import { z } from 'zod'
import type { Media, MediaUsage } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseId } from '../kernel/ids.ts'
import { inOrder } from '../kernel/inOrder.ts'
import { parseInput } from '../kernel/input.ts'
import { keyset } from '../kernel/keyset.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { enforce, mayLink } from '../kernel/policies.ts'
import type { Clock, Database } from '../kernel/ports.ts'
import { checkChainDepth, refShape, resourceShape } from '../kernel/resourceInput.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { requireResource } from '../resource/key.ts'
import { linkAll, unlinkAll } from '../resource/links.ts'
import { upsertResource } from '../resource/tree.ts'

const linkShape = z.object({ mediaId: z.string(), resource: resourceShape })
type MediaLinkInput = z.input<typeof linkShape>

const unlinkShape = z.object({ mediaId: z.string(), resource: refShape })
type MediaUnlinkInput = z.input<typeof unlinkShape>

/** Links between media and the LMS resources that show them. */
export interface Usages {
  /** Links a media to a resource. Idempotent: a repeated call returns the existing link. */
  link(actor: Actor, input: MediaLinkInput): Promise<MediaUsage>
  /** Removes a link. Idempotent: succeeds if the media is not linked to the resource. */
  unlink(actor: Actor, input: MediaUnlinkInput): Promise<Media>
  /** Lists the usages of a media, which prevent its deletion unless that is forced. */
  ofMedia(mediaId: string, args: PageArguments, query: object): Promise<Connection<MediaUsage>>
  byId(id: string, query: object): Promise<MediaUsage>
  /** Number of links of each resource, read by one statement. */
  countsOfResources(resourceIds: readonly string[]): Promise<number[]>
}

interface UsagesOptions {
  database: Database
  lanes: Lanes
  clock: Clock
}

const usageCursor = createCursorCodec('usages', z.uuid())

/** Query arguments of a nested usage list: the page becomes part of the statement that loads the media or resource. */
export const usagesPage = (args: PageArguments) => keyset(parsePage(args, usageCursor), 'asc', 'id')

export const usagesConnection = <Row extends MediaUsage>(
  args: PageArguments,
  rows: Row[],
  totalCount: () => Promise<number>,
): Connection<Row> => connectionOf(parsePage(args, usageCursor), rows, (row) => usageCursor.encode(row.id), totalCount)

export const createUsages = ({ database, lanes, clock }: UsagesOptions): Usages => ({
  async link(actor, input) {
    enforce(mayLink(actor))
    const mediaId = parseId('Media', input.mediaId, 'mediaId')
    checkChainDepth(input.resource, 'resource')
    const { resource } = parseInput(linkShape, input)
    return lanes.run('media', { activity: 'links', tree: 'resources' }, async (transaction) => {
      const { id: resourceId } = await upsertResource(transaction, actor, resource)
      await lockLiveMedia(transaction, mediaId)
      await linkAll(transaction, actor, { resourceId, mediaIds: [mediaId] }, clock.now())
      return transaction.mediaUsage.findUniqueOrThrow({ where: { mediaId_resourceId: { mediaId, resourceId } } })
    })
  },

  async unlink(actor, input) {
    enforce(mayLink(actor))
    const id = parseId('Media', input.mediaId, 'mediaId')
    const { resource: ref } = parseInput(unlinkShape, input)
    return lanes.run('media', { activity: 'changes of media', mediaId: id }, async (transaction) => {
      await lockLiveMedia(transaction, id)
      const resource = await requireResource(transaction, ref)
      await unlinkAll(transaction, actor, { resourceIds: [resource.id], mediaIds: [id] }, clock.now())
      return transaction.media.findUniqueOrThrow({ where: { id } })
    })
  },

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
