import { Prisma } from '../../../prisma/generated/client/client.ts'

/**
 * Statement that finds the rows above each of these rows in a tree. Its rows have the columns of the table and `start`, the
 * id of the row that they are above; for each, the root comes first and the parent last.
 */
export const ancestorsSql = (table: 'Folder' | 'Resource', ids: readonly string[]): Prisma.Sql => {
  const tree = Prisma.raw(`"${table}"`)
  return Prisma.sql`
    WITH RECURSIVE "line" AS (
      SELECT "id" AS "start", "parentId", 0 AS "level" FROM ${tree} WHERE "id" = ANY(${[...ids]}::uuid[])
      UNION ALL
      SELECT "line"."start", "above"."parentId", "line"."level" + 1
      FROM "line" JOIN ${tree} AS "above" ON "above"."id" = "line"."parentId"
    )
    SELECT "line"."start", "above".* FROM "line" JOIN ${tree} AS "above" ON "above"."id" = "line"."parentId"
    ORDER BY "line"."level" DESC`
}
