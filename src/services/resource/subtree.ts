import { z } from 'zod'
import { Prisma, type Resource } from '../../../prisma/generated/client/client.ts'
import { ancestorsSql } from '../kernel/ancestorsSql.ts'
import { parseInput } from '../kernel/input.ts'
import { keysetSql } from '../kernel/keyset.ts'
import { type Connection, connectionOf, type PageArguments, parsePage } from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { slug } from '../kernel/resourceInput.ts'
import { createResourceCursor, resourceKey } from './page.ts'

const shape = z.object({ type: slug.nullish() })
export type ChildrenArguments = PageArguments & z.input<typeof shape>

const cursor = createResourceCursor('children')

const encodeCursor = ({ title, externalId, id }: Resource): string => cursor.encode([title ?? externalId, id])

/** Reads above and below resources. Each method runs one statement, and another one if the children are counted. */
export interface ResourceSubtrees {
  /** Resources directly below each resource, by title. */
  childrenOf(ids: readonly string[], args: ChildrenArguments): Promise<Connection<Resource>[]>
  /** Resources above each resource, from the top down to its parent. */
  ancestorsOf(ids: readonly string[]): Promise<Resource[][]>
}

export const createResourceSubtrees = (database: Database): ResourceSubtrees => ({
  async childrenOf(ids, args) {
    const { type } = parseInput(shape, args)
    const page = parsePage(args, cursor)
    const { bounds, orderAndLimit } = keysetSql(page, 'asc', resourceKey)
    const present = [Prisma.sql`"deletedAt" IS NULL`, ...(type == null ? [] : [Prisma.sql`"type" = ${type}`])]
    const conditions = [Prisma.sql`"Resource"."parentId" = "parent"."nodeId"`, ...present, ...bounds]
    const rows = await database.$queryRaw<Resource[]>`
      SELECT "child".* FROM unnest(${[...ids]}::uuid[]) AS "parent"("nodeId") CROSS JOIN LATERAL (
        SELECT * FROM "Resource" WHERE ${Prisma.join(conditions, ' AND ')} ${orderAndLimit}
      ) AS "child"`
    const groups = Map.groupBy(rows, ({ parentId }) => parentId)
    // Either all lists ask for their count or none does: one statement counts for all of them.
    let countsPromise: Promise<Map<string, number>> | null = null
    const count = async () => {
      const counts = await database.$queryRaw<{ id: string; count: number }[]>`
        SELECT "parentId" AS "id", count(*)::int AS "count" FROM "Resource"
        WHERE "parentId" = ANY(${[...ids]}::uuid[]) AND ${Prisma.join(present, ' AND ')} GROUP BY "parentId"`
      return new Map(counts.map((row) => [row.id, row.count]))
    }
    const countOf = async (id: string): Promise<number> => {
      countsPromise ??= count()
      return (await countsPromise).get(id) ?? 0
    }
    return ids.map((id) => connectionOf(page, groups.get(id) ?? [], encodeCursor, () => countOf(id)))
  },

  async ancestorsOf(ids) {
    const rows = await database.$queryRaw<(Resource & { start: string })[]>(ancestorsSql('Resource', ids))
    const groups = Map.groupBy(rows, ({ start }) => start)
    return ids.map((id) => groups.get(id) ?? [])
  },
})
