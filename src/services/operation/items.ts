import { type OperationItem, Prisma } from '../../../prisma/generated/client/client.ts'
import type { BatchFailure } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { int4 } from '../kernel/scalars.ts'

/** What there is to know of an item that was done: what could not come back with it. */
export interface ItemNote {
  /** Relay id. */
  nodeId: string
  message: string
}

/** Of each operation, in order of the items: one statement for any number of operations, and one where they are counted. */
export interface ItemLists {
  failures(operationIds: readonly string[], args: PageArguments): Promise<Connection<BatchFailure>[]>
  notes(operationIds: readonly string[], args: PageArguments): Promise<Connection<ItemNote>[]>
}

const toNote = ({ mediaId, message }: OperationItem): ItemNote => ({
  nodeId: globalId('Media', mediaId),
  message: message ?? '',
})

const toFailure = (item: OperationItem): BatchFailure => ({
  ...toNote(item),
  code: item.code as BatchFailure['code'], // written by the runner alone
})

const failedCondition = Prisma.sql`"status" = 'FAILED'`
const notedCondition = Prisma.sql`"status" = 'SUCCEEDED' AND "message" IS NOT NULL`

export const createItemLists = (database: Database): ItemLists => {
  const count = async (condition: Prisma.Sql, operationIds: readonly string[]): Promise<Map<string, number>> => {
    const counts = await database.$queryRaw<{ operationId: string; count: number }[]>`
      SELECT "operationId", count(*)::int AS "count" FROM "OperationItem"
      WHERE "operationId" = ANY(${[...operationIds]}::uuid[]) AND ${condition} GROUP BY "operationId"`
    return new Map(counts.map(({ operationId, count }) => [operationId, count]))
  }

  const createList = <Item>(name: string, condition: Prisma.Sql, toItem: (item: OperationItem) => Item) => {
    const cursor = createCursorCodec(name, int4)
    return async (operationIds: readonly string[], args: PageArguments): Promise<Connection<Item>[]> => {
      const page = parsePage(args, cursor)
      const after = page.after === null ? Prisma.empty : Prisma.sql`AND "position" > ${page.after}::int`
      const before = page.before === null ? Prisma.empty : Prisma.sql`AND "position" < ${page.before}::int`
      const rows = await database.$queryRaw<OperationItem[]>`
        SELECT item.* FROM unnest(${operationIds}::uuid[]) AS operation("id") CROSS JOIN LATERAL (
          SELECT * FROM "OperationItem" WHERE "operationId" = operation."id" AND ${condition} ${after} ${before}
          ORDER BY "position" ${Prisma.raw(page.backward ? 'DESC' : 'ASC')} LIMIT ${page.limit + 1}
        ) AS item`
      const groups = Map.groupBy(rows, ({ operationId }) => operationId)
      // Asked for by none of the lists, or by all: one statement for all of them.
      let countsPromise: Promise<Map<string, number>> | null = null
      const readCounts = () => {
        countsPromise ??= count(condition, operationIds)
        return countsPromise
      }
      const encodeCursor = ({ position }: OperationItem) => cursor.encode(position)
      return operationIds.map((id) => {
        const items = connectionOf(
          page,
          groups.get(id) ?? [],
          encodeCursor,
          async () => (await readCounts()).get(id) ?? 0,
        )
        return { ...items, edges: items.edges.map(({ cursor, node }) => ({ cursor, node: toItem(node) })) }
      })
    }
  }

  return {
    failures: createList('operationFailures', failedCondition, toFailure),
    notes: createList('operationNotes', notedCondition, toNote),
  }
}
