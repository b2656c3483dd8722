import type { Folder } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { NotFoundError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import type { Database } from '../kernel/ports.ts'

/** Reading the tree: each takes many ids and makes one statement. */
export interface FolderTree {
  /** Those directly inside, by name; of the root where there is no parent. */
  list(actor: Actor, parentId: string | null): Promise<Folder[]>
  /** In the order of the ids; null where there is none. */
  byIds(ids: readonly string[]): Promise<(Folder | null)[]>
  childrenOf(ids: readonly string[]): Promise<Folder[][]>
  /** `/A/B`, from the root down. */
  paths(ids: readonly string[]): Promise<string[]>
  /** Present media directly inside. */
  mediaCounts(ids: readonly string[]): Promise<number[]>
}

/** Regardless of case, as names are compared; with numbers by their value. */
const compareNames = new Intl.Collator('en', { sensitivity: 'base', numeric: true }).compare

const sortByName = (folders: Folder[]): Folder[] =>
  folders.toSorted((one, other) => compareNames(one.name, other.name) || (one.id < other.id ? -1 : 1))

export const createFolderTree = (database: Database): FolderTree => ({
  async list(_actor, parentNodeId) {
    const parentId = parentNodeId === null ? null : parseId('Folder', parentNodeId, 'parentId')
    if (parentId !== null && (await database.folder.count({ where: { id: parentId } })) === 0)
      throw new NotFoundError('There is no such folder.', parentNodeId)
    return sortByName(await database.folder.findMany({ where: { parentId } }))
  },

  async byIds(ids) {
    const folders = await database.folder.findMany({ where: { id: { in: [...ids] } } })
    const byId = new Map(folders.map((folder) => [folder.id, folder]))
    return ids.map((id) => byId.get(id) ?? null)
  },

  async childrenOf(ids) {
    const groups = Map.groupBy(
      await database.folder.findMany({ where: { parentId: { in: [...ids] } } }),
      ({ parentId }) => parentId,
    )
    return ids.map((id) => sortByName(groups.get(id) ?? []))
  },

  async paths(ids) {
    const rows = await database.$queryRaw<{ id: string; path: string }[]>`
      WITH RECURSIVE line AS (
        SELECT "id" AS start, "parentId", "name", 1 AS level FROM "Folder" WHERE "id" = ANY(${[...ids]}::uuid[])
        UNION ALL
        SELECT start, f."parentId", f."name", level + 1 FROM line JOIN "Folder" f ON f."id" = line."parentId"
      ) SELECT start AS id, '/' || string_agg("name", '/' ORDER BY level DESC) AS path FROM line GROUP BY start`
    const byId = new Map(rows.map(({ id, path }) => [id, path]))
    return ids.map((id) => byId.get(id) ?? '/')
  },

  async mediaCounts(ids) {
    const rows = await database.$queryRaw<{ id: string; count: bigint }[]>`
      SELECT "folderId" AS id, count(*) AS count FROM "Media"
      WHERE "folderId" = ANY(${[...ids]}::uuid[]) AND "deletedAt" IS NULL GROUP BY "folderId"`
    const byId = new Map(rows.map(({ id, count }) => [id, Number(count)]))
    return ids.map((id) => byId.get(id) ?? 0)
  },
})
