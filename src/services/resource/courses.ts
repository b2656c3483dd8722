import { z } from 'zod'
import { Prisma, type Resource } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { keyTextsOf, parseInput, searchText } from '../kernel/input.ts'
import { keysetSql } from '../kernel/keyset.ts'
import { inNameOrder, nameOrdered } from '../kernel/nameOrder.ts'
import {
  type Connection,
  connectionOf,
  createCursorCodec,
  type PageArguments,
  parsePage,
  withRows,
} from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { sortText } from '../kernel/scalars.ts'

const searchShape = z.object({ search: searchText(200).nullish() })
export type CoursesArguments = PageArguments & z.input<typeof searchShape>

const courseCursor = createCursorCodec(nameOrdered('courses'), z.tuple([sortText, z.uuid()]))

/** Pattern of the texts that contain this one. */
const patternOf = (text: string): string => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`

export const createCourses =
  (database: Database) =>
  async (_actor: Actor, args: CoursesArguments, query: object): Promise<Connection<Resource>> => {
    const { search } = parseInput(searchShape, args)
    const page = parsePage(args, courseCursor)
    const name = inNameOrder('coalesce("title", "externalId")')
    const conditions = [Prisma.sql`"type" = 'course' AND "deletedAt" IS NULL`]
    if (search) {
      const keyPatterns = keyTextsOf(search, args.search ?? '').map(patternOf)
      conditions.push(
        Prisma.sql`("title" ILIKE ${patternOf(search)} OR "externalId" ILIKE ANY(${keyPatterns}::text[]))`,
      )
    }
    const where = Prisma.join(conditions, ' AND ')
    const { bounds, orderAndLimit } = keysetSql(page, 'asc', { [name]: 'text', '"id"': 'uuid' })
    const keys = await database.$queryRaw<{ id: string; name: string }[]>`
      SELECT "id", ${Prisma.raw(name)} AS "name" FROM "Resource"
      WHERE ${Prisma.join([where, ...bounds], ' AND ')} ${orderAndLimit}`
    const rows = await database.resource.findMany({ ...query, where: { id: { in: keys.map(({ id }) => id) } } })
    const connection = connectionOf(
      page,
      keys,
      (key) => courseCursor.encode([key.name, key.id]),
      async () => {
        const result = await database.$queryRaw<[{ count: bigint }]>`SELECT count(*) FROM "Resource" WHERE ${where}`
        return Number(result[0].count)
      },
    )
    return withRows(connection, rows)
  }
