import { z } from 'zod'
import { Prisma, type User } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { keyTextsOf, parseInput, searchText } from '../kernel/input.ts'
import { keysetSql } from '../kernel/keyset.ts'
import { inNameOrder, nameOrdered } from '../kernel/nameOrder.ts'
import {
  type Connection,
  connectionOf,
  createCursorCodec,
  type Page,
  type PageArguments,
  parsePage,
  withRows,
} from '../kernel/paging.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { enforce, mayReadUsers } from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'
import { candidateUsersSql, type NameSearch, rankedUsersSql, resolveNameSearch } from './search.ts'

const shape = z.object({ search: searchText(255).nullish() })
type UsersArguments = PageArguments & z.input<typeof shape>

export interface UserList {
  /** Lists users by name; with a search, the closest match first. */
  list(actor: Actor, args: UsersArguments, query: object): Promise<Connection<User>>
}

const keyShape = z.tuple([
  z.int32(),
  z
    .string()
    .max(1000)
    .refine((name) => !name.includes('\0')),
  z.uuid(),
  z.int().min(0),
])

/**
 * Distance from the search text, name, id, and the search's horizon; both numbers are 0 without a search.
 */
type Key = z.output<typeof keyShape>

const cursors = {
  name: createCursorCodec(nameOrdered('users:NAME'), keyShape),
  distance: createCursorCodec(nameOrdered('users:DISTANCE'), keyShape),
}

interface Row {
  id: string
  distance: number
  name: string
}

const name = inNameOrder('"name"')

/** Selects the rows between the cursors, one more than the page holds. */
const pageSql = (search: NameSearch | null, page: Page<Key>): Prisma.Sql => {
  const columns = { [name]: 'text', '"id"': 'uuid' }
  const { bounds, orderAndLimit } = search
    ? keysetSql(page, 'asc', { '"distance"': 'int', ...columns })
    : keysetSql(page, 'asc', columns, ([_distance, ...key]) => key)
  return Prisma.sql`${withoutPreparedPlan}
    ${search ? Prisma.sql`WITH ${rankedUsersSql(search)}` : Prisma.empty}
    SELECT "id", "name", ${search ? Prisma.sql`"distance"` : Prisma.sql`0`} AS "distance"
    FROM ${search ? Prisma.sql`"ranked"` : Prisma.sql`"User"`}
    ${bounds.length > 0 ? Prisma.sql`WHERE ${Prisma.join(bounds, ' AND ')}` : Prisma.empty} ${orderAndLimit}`
}

const countSql = (search: NameSearch | null): Prisma.Sql =>
  search
    ? Prisma.sql`${withoutPreparedPlan} WITH ${candidateUsersSql(search)} SELECT count(*)::int AS "count" FROM "candidate"`
    : Prisma.sql`SELECT count(*)::int AS "count" FROM "User"`

export const createUserList = (database: Database): UserList => ({
  async list(actor, args, query) {
    enforce(mayReadUsers(actor))
    const { search: text } = parseInput(shape, args)
    const cursor = text ? cursors.distance : cursors.name
    const page = parsePage(args, cursor)
    const [, , , horizon = null] = page.after ?? page.before ?? []
    const search = text
      ? await resolveNameSearch(database, { text, keys: keyTextsOf(text, args.search ?? '') }, horizon)
      : null
    const rows = await database.$queryRaw<Row[]>(pageSql(search, page))
    const users = await database.user.findMany({ ...query, where: { id: { in: rows.map(({ id }) => id) } } })
    const count = async (): Promise<number> => {
      const [row] = await database.$queryRaw<[{ count: number }]>(countSql(search))
      return row.count
    }
    const keyOf = ({ distance, name, id }: Row): Key => [distance, name, id, search?.horizon ?? 0]
    return withRows(
      connectionOf(page, rows, (row) => cursor.encode(keyOf(row)), count),
      users,
    )
  },
})
