import { z } from 'zod'
import { Prisma, type User } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseInput, searchText } from '../kernel/input.ts'
import {
  type Connection,
  connectionOf,
  createCursorCodec,
  type Page,
  type PageArguments,
  parsePage,
} from '../kernel/paging.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { enforce, mayReadUsers } from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'
import { candidateUsersSql, type NameSearch, rankedUsersSql, resolveNameSearch } from './search.ts'

export interface UsersArguments extends PageArguments {
  search?: string | null
}

export interface UserList {
  /** By name; with a search, the nearest first. */
  list(actor: Actor, args: UsersArguments, query: object): Promise<Connection<User>>
}

const shape = z.object({ search: searchText(255).nullish() })

const keyShape = z.tuple([
  z.int32(),
  z
    .string()
    .max(1000)
    .refine((name) => !name.includes('\0')),
  z.uuid(),
  z.int().min(0),
])

/** Distance from what was asked for, name in lower case, id, and the search's horizon; both numbers 0 without a search. */
type Key = z.output<typeof keyShape>

const cursors = {
  name: createCursorCodec('users:NAME', keyShape),
  distance: createCursorCodec('users:DISTANCE', keyShape),
}

interface Row {
  id: string
  distance: number
  name: string
}

// By code points, so that every database and every client agrees; regardless of case, as people look names up.
const name = Prisma.sql`lower("name") COLLATE "C"`

/** Rows on the wanted side of the cursors, one more than the page holds. */
const pageSql = (search: NameSearch | null, page: Page<Key>): Prisma.Sql => {
  const columns = search ? [Prisma.sql`"distance"`, name, Prisma.sql`"id"`] : [name, Prisma.sql`"id"`]
  const cursorCondition = (sign: string, [distance, text, id]: Key) => {
    const values = [Prisma.sql`${text}::text`, Prisma.sql`${id}::uuid`]
    const key = search ? [Prisma.sql`${distance}::int`, ...values] : values
    return Prisma.sql`(${Prisma.join(columns)}) ${Prisma.raw(sign)} (${Prisma.join(key)})`
  }
  const cursorConditions = [
    ...(page.after ? [cursorCondition('>', page.after)] : []),
    ...(page.before ? [cursorCondition('<', page.before)] : []),
  ]
  const direction = Prisma.raw(page.backward ? 'DESC' : 'ASC')
  return Prisma.sql`${withoutPreparedPlan}
    ${search ? Prisma.sql`WITH ${rankedUsersSql(search)}` : Prisma.empty}
    SELECT "id", ${name} AS "name", ${search ? Prisma.sql`"distance"` : Prisma.sql`0`} AS "distance"
    FROM ${search ? Prisma.sql`"ranked"` : Prisma.sql`"User"`}
    ${cursorConditions.length > 0 ? Prisma.sql`WHERE ${Prisma.join(cursorConditions, ' AND ')}` : Prisma.empty}
    ORDER BY ${Prisma.join(columns.map((column) => Prisma.sql`${column} ${direction}`))} LIMIT ${page.limit + 1}`
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
    const search = text ? await resolveNameSearch(database, text, horizon) : null
    const rows = await database.$queryRaw<Row[]>(pageSql(search, page))
    const users = await database.user.findMany({ ...query, where: { id: { in: rows.map(({ id }) => id) } } })
    const byId = new Map(users.map((user) => [user.id, user]))
    const count = async (): Promise<number> => {
      const [row] = await database.$queryRaw<[{ count: number }]>(countSql(search))
      return row.count
    }
    const keyOf = ({ distance, name, id }: Row): Key => [distance, name, id, search?.horizon ?? 0]
    const connection = connectionOf(page, rows, (row) => cursor.encode(keyOf(row)), count)
    const edges = connection.edges.flatMap(({ cursor, node }) => {
      const user = byId.get(node.id)
      return user === undefined ? [] : [{ cursor, node: user }]
    })
    return { ...connection, edges }
  },
})
