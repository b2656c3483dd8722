import { Prisma } from '../../../prisma/generated/client/client.ts'

/** Counts by the columns of "MediaTally", plus the changes that are not folded into it yet. */
export const mediaTally = (conditions: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT (
    (SELECT coalesce(sum("count"), 0) FROM "MediaTally" WHERE ${conditions})
    + (SELECT coalesce(sum("change"), 0) FROM "MediaDelta" WHERE ${conditions})
  )::bigint AS "count"`

/** Rows of "MediaTally", plus the changes that are not folded into it yet, for a statement that groups them. */
export const talliedRows = (conditions: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT "kind", "status", "count" FROM "MediaTally" WHERE ${conditions}
  UNION ALL
  SELECT "kind", "status", "change" FROM "MediaDelta" WHERE ${conditions}`

/** Counts the media outside the trash that carry a tag. */
export const tagTally = (key: string): Prisma.Sql => Prisma.sql`
  SELECT (
    (SELECT coalesce(sum("count"), 0) FROM "TagTally" WHERE "key" = ${key})
    + (SELECT coalesce(sum("change"), 0) FROM "TagDelta" WHERE "key" = ${key})
  )::bigint AS "count"`
