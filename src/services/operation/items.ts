import { type OperationItem, Prisma } from '../../../prisma/generated/client/client.ts'
import type { BatchFailure } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { keysetSql } from '../kernel/keyset.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { int4 } from '../kernel/scalars.ts'

/** Note on an item that succeeded: the usages and assignments that could not be restored with it. */
export interface ItemNote {
  /** Relay id. */
  nodeId: string
  message: string
}

/**
 * Lists of items for each operation, in order: one statement for any number of operations, and one more if they are
 * counted.
 */
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
  code: item.code as BatchFailure['code'], // only the runner writes it
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
      const { bounds, orderAndLimit } = keysetSql(page, 'asc', { '"position"': 'int' })
      const conditions = [Prisma.sql`"operationId" = operation."id"`, condition, ...bounds]
      const rows = await database.$queryRaw<OperationItem[]>`
        SELECT item.* FROM unnest(${operationIds}::uuid[]) AS operation("id") CROSS JOIN LATERAL (
          SELECT * FROM "OperationItem" WHERE ${Prisma.join(conditions, ' AND ')} ${orderAndLimit}
        ) AS item`
      const groups = Map.groupBy(rows, ({ operationId }) => operationId)
      // Either no list is asked for its count or all are: one statement counts all of them.
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
