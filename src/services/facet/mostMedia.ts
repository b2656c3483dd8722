import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../kernel/ports.ts'
import { allOf, type WhereClause } from '../media/filter.ts'
import { mediaTally } from '../media/tally.ts'

const { sql } = Prisma

/**
 * Whether a filter matches three quarters of the media outside the trash, and none in it: then the others are counted. `tally`
 * are its conditions for the tally of media; null if that cannot answer them.
 */
export const matchesMost = async (database: Database, tally: Prisma.Sql | null): Promise<boolean> => {
  if (tally === null) return false
  const [row] = await database.$queryRaw<[{ matches: bigint; all: bigint; trashed: bigint }]>`
    SELECT (${mediaTally(tally)}) AS "matches", (${mediaTally(sql`NOT "trashed"`)}) AS "all",
      (${mediaTally(sql`"trashed" AND ${tally}`)}) AS "trashed"`
  return row.trashed === 0n && row.matches * 4n > row.all * 3n
}

/** The media outside the trash that do not match, by conditions that an index answers. */
export const othersOf = ({ covered }: WhereClause): Prisma.Sql =>
  sql`"deletedAt" IS NULL AND (${allOf(covered)}) IS NOT TRUE`
