import type { Folder } from '../../../prisma/generated/client/client.ts'
import { ancestorsSql } from '../kernel/ancestorsSql.ts'
import { inOrder } from '../kernel/inOrder.ts'
import type { Database } from '../kernel/ports.ts'

/** Reads above and below folders, for clients that open a tree level by level. Each method runs one statement. */
export interface FolderSubtrees {
  /** Number of folders directly in each folder. */
  childCounts(ids: readonly string[]): Promise<number[]>
  /** Folders above each folder, from the root down to its parent. */
  ancestorsOf(ids: readonly string[]): Promise<Folder[][]>
  /** Number of media in each folder and in all folders below it; media in the trash do not count. */
  subtreeMediaCounts(ids: readonly string[]): Promise<number[]>
}

export const createFolderSubtrees = (database: Database): FolderSubtrees => ({
  async childCounts(ids) {
    const rows = await database.$queryRaw<{ id: string; count: number }[]>`
      SELECT "parentId" AS "id", count(*)::int AS "count" FROM "Folder"
      WHERE "parentId" = ANY(${[...ids]}::uuid[]) GROUP BY "parentId"`
    return inOrder(ids, rows).map((row) => row?.count ?? 0)
  },

  async ancestorsOf(ids) {
    const rows = await database.$queryRaw<(Folder & { start: string })[]>(ancestorsSql('Folder', ids))
    const groups = Map.groupBy(rows, ({ start }) => start)
    return ids.map((id) => groups.get(id) ?? [])
  },

  // Media are counted once for each folder, also if it is below several of the given ones.
  async subtreeMediaCounts(ids) {
    const rows = await database.$queryRaw<{ id: string; count: number }[]>`
      WITH RECURSIVE "below" AS (
        SELECT "root"."id" AS "root", "root"."id" FROM unnest(${[...ids]}::uuid[]) AS "root"("id")
        UNION
        SELECT "below"."root", "child"."id" FROM "below" JOIN "Folder" AS "child" ON "child"."parentId" = "below"."id"
      ), "direct" AS MATERIALIZED (
        SELECT "folderId", count(*) AS "count" FROM "Media"
        WHERE "folderId" = ANY(ARRAY(SELECT DISTINCT "id" FROM "below")) AND "deletedAt" IS NULL GROUP BY "folderId"
      )
      SELECT "below"."root" AS "id", sum("direct"."count")::int AS "count"
      FROM "below" JOIN "direct" ON "direct"."folderId" = "below"."id" GROUP BY "below"."root"`
    return inOrder(ids, rows).map((row) => row?.count ?? 0)
  },
})
