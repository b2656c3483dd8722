import { z } from 'zod'
import { Prisma, type Resource } from '../../../prisma/generated/client/client.ts'
import { recordAll } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import { BatchRefusedError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { inOrder } from '../kernel/inOrder.ts'
import { parseInput, searchText } from '../kernel/input.ts'
import { keysetSql } from '../kernel/keyset.ts'
import { notFoundMessage } from '../kernel/notFound.ts'
import {
  type Connection,
  connectionOf,
  createCursorCodec,
  type PageArguments,
  parsePage,
  withRows,
} from '../kernel/paging.ts'
import { enforce, mayLink } from '../kernel/policies.ts'
import type { Clock, Database } from '../kernel/ports.ts'
import { checkChainDepth, type ResourceRef, refShape, resourceShape } from '../kernel/resourceInput.ts'
import { sortText } from '../kernel/scalars.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { requireResource } from './key.ts'
import { linkAll, unlinkAll } from './links.ts'
import { findSubtreeIds, upsertResource } from './tree.ts'

const maxMedia = 10_000

const searchShape = z.object({ search: searchText(200).nullish() })
type CoursesArguments = PageArguments & z.input<typeof searchShape>

const refInputShape = z.object({ ref: refShape })

const setShape = z.object({
  resource: resourceShape,
  mediaIds: z.array(z.string()).max(maxMedia, `At most ${maxMedia} media are allowed.`),
})
type ResourceMediaSetInput = z.input<typeof setShape>

/** Courses, chapters, lessons and any other objects of an LMS that show media. */
export interface Resources {
  /** Finds a resource by its key. Null if no call has ever named it, or if the LMS has deleted it. */
  find(actor: Actor, ref: ResourceRef, query: object): Promise<Resource | null>
  /** Lists courses in alphabetical order of their titles, or of their external ids where they have no title. */
  courses(actor: Actor, args: CoursesArguments, query: object): Promise<Connection<Resource>>
  /** Loads resources in the order of the ids, deleted ones included: callers that report a deletion need them. */
  byIds(ids: readonly string[]): Promise<(Resource | null)[]>
  /** Number of distinct media used in each resource or below it, read by one statement. */
  mediaCounts(ids: readonly string[]): Promise<number[]>
  /** Replaces the media of a resource by exactly these, all or nothing. */
  setMedia(actor: Actor, input: ResourceMediaSetInput): Promise<Resource>
  /** Deletes a resource that the LMS removed: unlinks it and everything below it. Resolves to its Relay id. Idempotent. */
  delete(actor: Actor, ref: ResourceRef): Promise<{ id: string }>
}

interface ResourcesOptions {
  database: Database
  lanes: Lanes
  clock: Clock
}

/** Time limit of a transaction that writes thousands of links with their log rows: longer than the default. */
const bulkTimeoutMs = 120_000

const courseCursor = createCursorCodec('courses', z.tuple([sortText, z.uuid()]))

export const createResources = ({ database, lanes, clock }: ResourcesOptions): Resources => {
  const refuseMissing = (mediaIds: readonly string[], liveIds: ReadonlySet<string>): void => {
    const missing = mediaIds.filter((id) => !liveIds.has(id)).map((id) => globalId('Media', id))
    if (missing.length === 0) return
    throw new BatchRefusedError(
      missing.map((nodeId) => ({ nodeId, code: 'NOT_FOUND', message: notFoundMessage('Media') })),
    )
  }

  return {
    async find(_actor, raw, query) {
      const { ref } = parseInput(refInputShape, { ref: raw })
      return database.resource.findUnique({ ...query, where: { source_type_externalId: ref, deletedAt: null } })
    },

    async courses(_actor, args, query) {
      const { search } = parseInput(searchShape, args)
      const page = parsePage(args, courseCursor)
      const name = 'lower(coalesce("title", "externalId"))'
      const conditions = [Prisma.sql`"type" = 'course' AND "deletedAt" IS NULL`]
      if (search) {
        const pattern = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`
        conditions.push(Prisma.sql`("title" ILIKE ${pattern} OR "externalId" ILIKE ${pattern})`)
      }
      const where = Prisma.join(conditions, ' AND ')
      const { bounds, orderAndLimit } = keysetSql(page, 'asc', { [name]: 'text', '"id"': 'uuid' })
      const keys = await database.$queryRaw<{ id: string; name: string }[]>`
        SELECT "id", ${Prisma.raw(name)} AS "name" FROM "Resource"
        WHERE ${Prisma.join([where, ...bounds], ' AND ')} ${orderAndLimit}`
      const rows = await database.resource.findMany({ ...query, where: { id: { in: keys.map(({ id }) => id) } } })
      const connection = connectionOf(
        page,
        keys,
        (key) => courseCursor.encode([key.name, key.id]),
        async () => {
          const result = await database.$queryRaw<[{ count: bigint }]>`SELECT count(*) FROM "Resource" WHERE ${where}`
          return Number(result[0].count)
        },
      )
      return withRows(connection, rows)
    },

    async byIds(ids) {
      const rows = await database.resource.findMany({ where: { id: { in: [...ids] } } })
      return inOrder(ids, rows)
    },

    async mediaCounts(ids) {
      const counts = await database.$queryRaw<{ id: string; count: number }[]>`
        WITH RECURSIVE below AS (
          SELECT root."id" AS "root", root."id" FROM unnest(${[...ids]}::uuid[]) AS root("id")
          UNION
          SELECT below."root", child."id" FROM below JOIN "Resource" AS child ON child."parentId" = below."id"
        )
        SELECT below."root" AS "id", count(DISTINCT "MediaUsage"."mediaId")::int AS "count"
        FROM below JOIN "MediaUsage" ON "MediaUsage"."resourceId" = below."id" GROUP BY below."root"`
      return inOrder(ids, counts).map((row) => row?.count ?? 0)
    },

    async setMedia(actor, input) {
      enforce(mayLink(actor))
      checkChainDepth(input.resource, 'resource')
      const { resource, mediaIds } = parseInput(setShape, input)
      const requestedIds = [...new Set(mediaIds.map((id, index) => parseId('Media', id, `mediaIds.${index}`)))]
      return lanes.run(
        'maintenance',
        { activity: 'changes of resources', tree: 'resources', workTimeoutMs: bulkTimeoutMs },
        async (transaction) => {
          const savedResource = await upsertResource(transaction, actor, resource)
          const usages = await transaction.mediaUsage.findMany({
            where: { resourceId: savedResource.id },
            select: { mediaId: true },
          })
          const requestedSet = new Set(requestedIds)
          const obsoleteIds = usages.map(({ mediaId }) => mediaId).filter((id) => !requestedSet.has(id))
          const mediaRows = await lockMedia(transaction, [...requestedIds, ...obsoleteIds])
          refuseMissing(
            requestedIds,
            new Set(mediaRows.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => id)),
          )
          const now = clock.now()
          await unlinkAll(transaction, actor, { resourceIds: [savedResource.id], mediaIds: obsoleteIds }, now)
          await linkAll(transaction, actor, { resourceId: savedResource.id, mediaIds: requestedIds }, now)
          return savedResource
        },
      )
    },

    async delete(actor, raw) {
      enforce(mayLink(actor))
      const { ref } = parseInput(refInputShape, { ref: raw })
      return lanes.run(
        'maintenance',
        { activity: 'changes of resources', tree: 'resources', workTimeoutMs: bulkTimeoutMs },
        async (transaction) => {
          const root = await requireResource(transaction, ref)
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
        },
      )
    },
  }
}
