import { z } from 'zod'
import { Prisma, type Resource } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { BatchRefusedError, NotFoundError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { parseInput, searchText } from '../kernel/input.ts'
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
import { sortText } from '../kernel/scalars.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { withTreeLock } from '../locking/treeLocks.ts'
import { linkAll, unlinkAll } from './links.ts'
import { findSubtreeIds, upsertResource } from './tree.ts'

export interface CoursesArguments extends PageArguments {
  search?: string | null
}

export interface ResourceMediaSetInput {
  resource: ResourceInput
  mediaIds: string[]
}

/** Courses, chapters, lessons, whatever an LMS has that shows media. */
export interface Resources {
  /** Null where no such resource was ever named, or the LMS has removed it. */
  find(actor: Actor, ref: ResourceRef, query: object): Promise<Resource | null>
  /** By title, in alphabetical order. */
  courses(actor: Actor, args: CoursesArguments, query: object): Promise<Connection<Resource>>
  /** In the order of the ids; also those that were deleted, for whoever has to say so. */
  byIds(ids: readonly string[]): Promise<(Resource | null)[]>
  /** Distinct media used in each resource or below it: one statement for all of them. */
  mediaCounts(ids: readonly string[]): Promise<number[]>
  /** Makes a resource show exactly these media: all or nothing. */
  setMedia(actor: Actor, input: ResourceMediaSetInput): Promise<Resource>
  /** The LMS removed it: it and everything below it is unlinked. Resolves to its Relay id; may be repeated. */
  delete(actor: Actor, ref: ResourceRef): Promise<{ id: string }>
}

interface ResourcesOptions {
  database: Database
  clock: Clock
}

const maxMedia = 10_000
/** Thousands of links with their log rows take more than the usual time. */
const bulkTimeoutMs = 120_000

const searchShape = z.object({ search: searchText(200).nullish() })
const refInputShape = z.object({ ref: refShape })
const setShape = z.object({
  resource: resourceShape,
  mediaIds: z.array(z.string()).max(maxMedia, `At most ${maxMedia} media.`),
})

const courseCursor = createCursorCodec('courses', z.tuple([sortText, z.uuid()]))

export const createResources = ({ database, clock }: ResourcesOptions): Resources => {
  const refuseMissing = (mediaIds: readonly string[], liveIds: ReadonlySet<string>): void => {
    const missing = mediaIds.filter((id) => !liveIds.has(id)).map((id) => globalId('Media', id))
    if (missing.length === 0) return
    throw new BatchRefusedError(
      missing.map((nodeId) => ({ nodeId, code: 'NOT_FOUND', message: 'There is no such media.' })),
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
      const name = Prisma.sql`lower(coalesce("title", "externalId"))`
      const conditions = [Prisma.sql`"type" = 'course' AND "deletedAt" IS NULL`]
      if (search) {
        const pattern = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`
        conditions.push(Prisma.sql`("title" ILIKE ${pattern} OR "externalId" ILIKE ${pattern})`)
      }
      const where = Prisma.join(conditions, ' AND ')
      const after = page.after
        ? Prisma.sql`AND (${name}, "id") > (${page.after[0]}, ${page.after[1]}::uuid)`
        : Prisma.empty
      const before = page.before
        ? Prisma.sql`AND (${name}, "id") < (${page.before[0]}, ${page.before[1]}::uuid)`
        : Prisma.empty
      const order = page.backward ? Prisma.sql`${name} DESC, "id" DESC` : Prisma.sql`${name} ASC, "id" ASC`
      const keys = await database.$queryRaw<{ id: string; name: string }[]>`
        SELECT "id", ${name} AS "name" FROM "Resource" WHERE ${where} ${after} ${before}
        ORDER BY ${order} LIMIT ${page.limit + 1}`
      const rows = await database.resource.findMany({ ...query, where: { id: { in: keys.map(({ id }) => id) } } })
      const byId = new Map(rows.map((row) => [row.id, row]))
      const connection = connectionOf(
        page,
        keys,
        (key) => courseCursor.encode([key.name, key.id]),
        async () => {
          const result = await database.$queryRaw<[{ count: bigint }]>`SELECT count(*) FROM "Resource" WHERE ${where}`
          return Number(result[0].count)
        },
      )
      const edges = connection.edges.flatMap(({ cursor, node }) => {
        const row = byId.get(node.id)
        return row === undefined ? [] : [{ cursor, node: row }]
      })
      return { ...connection, edges }
    },

    async byIds(ids) {
      const rows = await database.resource.findMany({ where: { id: { in: [...ids] } } })
      const byId = new Map(rows.map((row) => [row.id, row]))
      return ids.map((id) => byId.get(id) ?? null)
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
      const byId = new Map(counts.map(({ id, count }) => [id, count]))
      return ids.map((id) => byId.get(id) ?? 0)
    },

    async setMedia(actor, input) {
      enforce(mayLink(actor))
      refuseDeepChain(input.resource, 'resource')
      const { resource, mediaIds } = parseInput(setShape, input)
      const requestedIds = [...new Set(mediaIds.map((id, index) => parseId('Media', id, `mediaIds.${index}`)))]
      return withTreeLock(
        database,
        'resources',
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
        { timeout: bulkTimeoutMs },
      )
    },

    async delete(actor, raw) {
      enforce(mayLink(actor))
      const { ref } = parseInput(refInputShape, { ref: raw })
      return withTreeLock(
        database,
        'resources',
        async (transaction) => {
          const root = await transaction.resource.findUnique({ where: { source_type_externalId: ref } })
          if (root === null) throw new NotFoundError(`There is no ${ref.type} "${ref.externalId}" of ${ref.source}.`)
          const resourceIds = await findSubtreeIds(transaction, root.id)
          const usages = await transaction.mediaUsage.findMany({
            where: { resourceId: { in: resourceIds } },
            select: { mediaId: true },
            distinct: 'mediaId',
          })
          const mediaIds = usages.map(({ mediaId }) => mediaId)
          await lockMedia(transaction, mediaIds)
          await unlinkAll(transaction, actor, { resourceIds, mediaIds }, clock.now())
          const deleted = await transaction.resource.updateManyAndReturn({
            where: { id: { in: resourceIds }, deletedAt: null },
            data: { deletedAt: clock.now() },
          })
          await record(
            transaction,
            actor,
            deleted.map(({ id, source, type, externalId }) => ({
              action: 'resource.deleted' as const,
              nodeType: 'Resource' as const,
              nodeId: id,
              mediaId: null,
              data: { source, type, externalId },
            })),
          )
          return { id: globalId('Resource', root.id) }
        },
        { timeout: bulkTimeoutMs },
      )
    },
  }
}
