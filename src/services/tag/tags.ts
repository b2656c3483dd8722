import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseInput, searchText } from '../kernel/input.ts'
import { inNameOrder } from '../kernel/nameOrder.ts'
import type { Database } from '../kernel/ports.ts'
import { tagKey } from '../kernel/tagKeys.ts'

export interface TagCount {
  name: string
  count: number
}

const shape = z.object({
  search: searchText(64).nullish(),
  first: z.number().int().min(1, 'At least 1.').max(100, 'At most 100.').nullish(),
})
type TagsArguments = z.input<typeof shape>

export interface Tags {
  /** Lists the tags that contain the search text, the most used first, with the number of media outside the trash. */
  list(actor: Actor, args: TagsArguments): Promise<TagCount[]>
}

export const createTags = ({ database }: { database: Database }): Tags => ({
  async list(_actor, args) {
    const { search, first } = parseInput(shape, args)
    const pattern = `%${tagKey(search ?? '').replaceAll(/[\\%_]/g, '\\$&')}%`
    const limit = Prisma.sql`ORDER BY "count" DESC, ${Prisma.raw(inNameOrder('"key"'))}, "key" LIMIT ${first ?? 20}`
    // Exact, and by index: deltas not yet folded into the tally are summed; of all other tags, the first ones suffice.
    return database.$queryRaw<TagCount[]>`
      WITH changed AS (
        SELECT "key", (array_agg("name" ORDER BY "id"))[1] AS "name", sum("change") AS "change"
        FROM "TagDelta" GROUP BY "key"
      )
      SELECT "name", "count"::int AS "count" FROM (
        (SELECT "key", "name", "count" FROM "TagTally" t
         WHERE "key" LIKE ${pattern} AND NOT EXISTS (SELECT FROM changed WHERE changed."key" = t."key") ${limit})
        UNION ALL
        SELECT c."key", coalesce(t."name", c."name"), coalesce(t."count", 0) + c."change"
        FROM changed c LEFT JOIN "TagTally" t ON t."key" = c."key" WHERE c."key" LIKE ${pattern}
      ) AS tags WHERE "count" > 0 ${limit}`
  },
})
