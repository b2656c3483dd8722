import { Prisma } from '../../../prisma/generated/client/client.ts'

/** By what `MediaTally` is divided by; what has not been folded in yet is added up. */
export const mediaTally = (conditions: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT (
    (SELECT coalesce(sum("count"), 0) FROM "MediaTally" WHERE ${conditions})
    + (SELECT coalesce(sum("change"), 0) FROM "MediaDelta" WHERE ${conditions})
  )::bigint AS "count"`

/** Of present media that carry a tag. */
export const tagTally = (key: string): Prisma.Sql => Prisma.sql`
  SELECT (
    (SELECT coalesce(sum("count"), 0) FROM "TagTally" WHERE "key" = ${key})
    + (SELECT coalesce(sum("change"), 0) FROM "TagDelta" WHERE "key" = ${key})
  )::bigint AS "count"`
