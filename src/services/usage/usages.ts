import { z } from 'zod'
import type { Media, MediaUsage } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { NotFoundError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { enforce, mayLink } from '../kernel/policies.ts'
import type { Clock, Database } from '../kernel/ports.ts'
import {
  type ResourceInput,
  type ResourceRef,
  refShape,
  refuseDeepChain,
  resourceShape,
} from '../kernel/resourceInput.ts'
import { runInMediaLane } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { withTreeLock } from '../locking/treeLocks.ts'
import { linkAll, unlinkAll } from '../resource/links.ts'
import { upsertResource } from '../resource/tree.ts'

export interface MediaLinkInput {
  mediaId: string
  resource: ResourceInput
}

export interface MediaUnlinkInput {
  mediaId: string
  resource: ResourceRef
}

/** Which resource of an LMS shows which media. */
export interface Usages {
  /** May be repeated: the same link comes back. */
  link(actor: Actor, input: MediaLinkInput): Promise<MediaUsage>
  /** May be repeated: what is not linked stays so. */
  unlink(actor: Actor, input: MediaUnlinkInput): Promise<Media>
  /** Where a media is used: what stands against deleting it. */
  ofMedia(mediaId: string, args: PageArguments, query: object): Promise<Connection<MediaUsage>>
  byId(id: string, query: object): Promise<MediaUsage>
  /** Numbers of links, for each resource: one statement for all of them. */
  countsOfResources(resourceIds: readonly string[]): Promise<number[]>
}

interface UsagesOptions {
  database: Database
  clock: Clock
}

const linkShape = z.object({ resource: resourceShape })
const unlinkShape = z.object({ resource: refShape })

export const usageCursor = createCursorCodec('usages', z.uuid())

/** Nested lists come with their media or resource: the page becomes part of the statement that loads it. */
export const usagesPage = (args: PageArguments) => {
  const page = parsePage(args, usageCursor)
  return {
    page,
    query: {
      where: { id: { gt: page.after ?? undefined, lt: page.before ?? undefined } },
      orderBy: { id: page.backward ? 'desc' : 'asc' },
      take: page.limit + 1,
    } as const,
  }
}

export const usagesConnection = <Row extends MediaUsage>(
  args: PageArguments,
  rows: Row[],
  totalCount: () => Promise<number>,
): Connection<Row> => connectionOf(parsePage(args, usageCursor), rows, (row) => usageCursor.encode(row.id), totalCount)

export const createUsages = ({ database, clock }: UsagesOptions): Usages => ({
  async link(actor, input) {
    enforce(mayLink(actor))
    const mediaId = parseId('Media', input.mediaId, 'mediaId')
    refuseDeepChain(input.resource, 'resource')
    const { resource } = parseInput(linkShape, input)
    return withTreeLock(database, 'resources', async (transaction) => {
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
    return runInMediaLane(database, id, async (transaction) => {
      await lockLiveMedia(transaction, id)
      const resource = await transaction.resource.findUnique({ where: { source_type_externalId: ref } })
      if (resource === null) throw new NotFoundError(`There is no ${ref.type} "${ref.externalId}" of ${ref.source}.`)
      await unlinkAll(transaction, actor, { resourceIds: [resource.id], mediaIds: [id] }, clock.now())
      return transaction.media.findUniqueOrThrow({ where: { id } })
    })
  },

  async ofMedia(mediaId, args, query) {
    const { where, orderBy, take } = usagesPage(args).query
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
    const byId = new Map(counts.map(({ resourceId, _count }) => [resourceId, _count]))
    return resourceIds.map((id) => byId.get(id) ?? 0)
  },
})
