import { Prisma } from '../../../prisma/generated/client/client.ts'

/** Subquery of the ids of a folder and of all folders below it; of an unknown folder, its id alone. */
export const folderTree = (id: string): Prisma.Sql => Prisma.sql`
  WITH RECURSIVE "tree" AS (
    SELECT ${id}::uuid AS "id"
    UNION
    SELECT "below"."id" FROM "Folder" AS "below" JOIN "tree" ON "below"."parentId" = "tree"."id"
  )
  SELECT "id" FROM "tree"`
