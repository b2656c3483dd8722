import { z } from 'zod'
import { Prisma, type Resource } from '../../../prisma/generated/client/client.ts'
import { keyTextsOf, searchText } from '../kernel/input.ts'
import { keysetSql } from '../kernel/keyset.ts'
import { inNameOrder, nameOrdered } from '../kernel/nameOrder.ts'
import {
  type Connection,
  type CursorCodec,
  connectionOf,
  createCursorCodec,
  type PageArguments,
  parsePage,
  withRows,
} from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { sortText } from '../kernel/scalars.ts'

/** Order of lists of resources: by title, or by external id without one. */
const resourceName = inNameOrder('coalesce("title", "externalId")')
export const resourceKey = { [resourceName]: 'text', '"id"': 'uuid' }

export type ResourceCursor = CursorCodec<[name: string, id: string]>

export const createResourceCursor = (list: string): ResourceCursor =>
  createCursorCodec(nameOrdered(list), z.tuple([sortText, z.uuid()]))

export const resourceSearch = searchText(200).nullish()

/** Pattern of the texts that contain this one. */
const patternOf = (text: string): string => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`

/** Condition for the resources whose title or external id contains the text; `given` is the text before it was cleaned. */
export const searchCondition = (search: string, given: string): Prisma.Sql => {
  const keyPatterns = keyTextsOf(search, given).map(patternOf)
  return Prisma.sql`("title" ILIKE ${patternOf(search)} OR "externalId" ILIKE ANY(${keyPatterns}::text[]))`
}

/** Reads a page of the resources that match all conditions. */
export const readResourcePage = async (
  database: Database,
  { args, cursor, conditions }: { args: PageArguments; cursor: ResourceCursor; conditions: Prisma.Sql[] },
  query: object,
): Promise<Connection<Resource>> => {
  const page = parsePage(args, cursor)
  const where = Prisma.join([Prisma.sql`"deletedAt" IS NULL`, ...conditions], ' AND ')
  const { bounds, orderAndLimit } = keysetSql(page, 'asc', resourceKey)
  const keys = await database.$queryRaw<{ id: string; name: string }[]>`
    SELECT "id", ${Prisma.raw(resourceName)} AS "name" FROM "Resource"
    WHERE ${Prisma.join([where, ...bounds], ' AND ')} ${orderAndLimit}`
  const rows = await database.resource.findMany({ ...query, where: { id: { in: keys.map(({ id }) => id) } } })
  const connection = connectionOf(
    page,
    keys,
    ({ name, id }) => cursor.encode([name, id]),
    async () => {
      const [row] = await database.$queryRaw<[{ count: bigint }]>`SELECT count(*) FROM "Resource" WHERE ${where}`
      return Number(row.count)
    },
  )
  return withRows(connection, rows)
}
