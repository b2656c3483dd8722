import { type Folder, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseId } from '../kernel/ids.ts'
import { inOrder } from '../kernel/inOrder.ts'
import { inNameOrder } from '../kernel/nameOrder.ts'
import { notFound } from '../kernel/notFound.ts'
import type { Database } from '../kernel/ports.ts'

/** Reads of the folder tree. Each method that takes several ids runs one statement. */
export interface FolderTree {
  /** Lists the folders directly inside a parent, sorted by name; the top-level folders if `parentId` is null. */
  list(actor: Actor, parentId: string | null): Promise<Folder[]>
  /** Loads folders in the order of the ids; null for an id that does not exist. */
  byIds(ids: readonly string[]): Promise<(Folder | null)[]>
  /** Lists the subfolders of each folder, sorted by name. */
  childrenOf(ids: readonly string[]): Promise<Folder[][]>
  /** Path of each folder from the root, such as `/A/B`. */
  paths(ids: readonly string[]): Promise<string[]>
  /** Number of media directly inside each folder; media in the trash do not count. */
  mediaCounts(ids: readonly string[]): Promise<number[]>
}

const selectFolders = (database: Database, condition: Prisma.Sql): Promise<Folder[]> =>
  database.$queryRaw`
    SELECT "id", "name", "parentId", "createdAt" FROM "Folder"
    WHERE ${condition} ORDER BY ${Prisma.raw(inNameOrder('"name"'))}, "id"`

export const createFolderTree = (database: Database): FolderTree => ({
  async list(_actor, parentNodeId) {
    const parentId = parentNodeId === null ? null : parseId('Folder', parentNodeId, 'parentId')
    if (parentId !== null && (await database.folder.count({ where: { id: parentId } })) === 0)
      throw notFound('Folder', parentId)
    return selectFolders(
      database,
      parentId === null ? Prisma.sql`"parentId" IS NULL` : Prisma.sql`"parentId" = ${parentId}::uuid`,
    )
  },

  async byIds(ids) {
    const folders = await database.folder.findMany({ where: { id: { in: [...ids] } } })
    return inOrder(ids, folders)
  },

  async childrenOf(ids) {
    const folders = await selectFolders(database, Prisma.sql`"parentId" = ANY(${[...ids]}::uuid[])`)
    const groups = Map.groupBy(folders, ({ parentId }) => parentId)
    return ids.map((id) => groups.get(id) ?? [])
  },

  async paths(ids) {
    const rows = await database.$queryRaw<{ id: string; path: string }[]>`
      WITH RECURSIVE line AS (
        SELECT "id" AS start, "parentId", "name", 1 AS level FROM "Folder" WHERE "id" = ANY(${[...ids]}::uuid[])
        UNION ALL
        SELECT start, f."parentId", f."name", level + 1 FROM line JOIN "Folder" f ON f."id" = line."parentId"
      ) SELECT start AS id, '/' || string_agg("name", '/' ORDER BY level DESC) AS path FROM line GROUP BY start`
    return inOrder(ids, rows).map((row) => row?.path ?? '/')
  },

  async mediaCounts(ids) {
    const rows = await database.$queryRaw<{ id: string; count: bigint }[]>`
      SELECT "folderId" AS id, count(*) AS count FROM "Media"
      WHERE "folderId" = ANY(${[...ids]}::uuid[]) AND "deletedAt" IS NULL GROUP BY "folderId"`
    return inOrder(ids, rows).map((row) => Number(row?.count ?? 0))
  },
})
