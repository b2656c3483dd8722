import { z } from 'zod'
import { InvalidInputError } from './errors.ts'
import { isPostgresText } from './scalars.ts'

/** Relay's connection arguments, not yet parsed. */
export interface PageArguments {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** A page to fetch: rows on one side of a sort key, in one direction. Fetch `limit + 1` to see whether more follow. */
export interface Page<Key> {
  limit: number
  /** Pages from the end of the list: fetch in reversed order, then reverse the rows. */
  backward: boolean
  after: Key | null
  before: Key | null
}

export interface Connection<Row> {
  edges: { cursor: string; node: Row }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  /** Called only if the field is selected. */
  totalCount: () => Promise<number>
  /** Whether `totalCount` is an estimate. Absent where it never is. */
  totalCountIsEstimate?: () => Promise<boolean>
}

export interface TotalCount {
  count: number
  isEstimate: boolean
}

const defaultPageSize = 20
const maxPageSize = 100

/**
 * A cursor is the sort key plus the id, never a row: it stays valid after its row is deleted.
 * It contains `list`, so that a cursor of another list or order is refused. Only text exactly as `encode` writes it is
 * accepted, and `shape` is built from `scalars.ts`, since a forged key would reach an SQL statement.
 */
export interface CursorCodec<Key> {
  encode(key: Key): string
  decode(cursor: string, path: string): Key
}

export const createCursorCodec = <Shape extends z.ZodType>(
  list: string,
  shape: Shape,
): CursorCodec<z.output<Shape>> => {
  const encode = (key: z.output<Shape>): string => Buffer.from(JSON.stringify([list, key])).toString('base64url')
  return {
    encode,
    decode: (cursor, path) => {
      try {
        const [listName, raw] = envelopeShape.parse(
          JSON.parse(Buffer.from(cursor, 'base64url').toString(), refuseInvalidText),
        )
        if (listName !== list) throw new Error(`Cursor of ${listName}.`)
        const key = shape.parse(raw)
        if (encode(key) !== cursor) throw new Error('Cursor in another encoding.')
        return key
      } catch (cause) {
        throw new InvalidInputError([{ path, message: 'Not a cursor of this list and order.' }], { cause })
      }
    },
  }
}

const envelopeShape = z.tuple([z.string(), z.unknown()])

const refuseInvalidText = (_name: string, value: unknown): unknown => {
  if (typeof value === 'string' && !isPostgresText(value)) throw new Error('Text that PostgreSQL cannot store.')
  return value
}

export const parsePage = <Key>(args: PageArguments, codec: CursorCodec<Key>): Page<Key> => {
  const issues = []
  if (args.first != null && args.last != null)
    issues.push({ path: 'last', message: 'Use either first or last, not both.' })
  for (const path of ['first', 'last'] as const) {
    const size = args[path]
    if (size != null && (size < 1 || size > maxPageSize))
      issues.push({ path, message: `Between 1 and ${maxPageSize}, not ${size}.` })
  }
  if (issues.length > 0) throw new InvalidInputError(issues)
  return {
    limit: args.first ?? args.last ?? defaultPageSize,
    backward: args.last != null,
    after: args.after == null ? null : codec.decode(args.after, 'after'),
    before: args.before == null ? null : codec.decode(args.before, 'before'),
  }
}

/** Item with its cursor, which is encoded only where it is selected. A class, since lists create one for each row. */
class Edge<Row> {
  readonly node: Row
  readonly #encodeCursor: (row: Row) => string

  constructor(node: Row, encodeCursor: (row: Row) => string) {
    this.node = node
    this.#encodeCursor = encodeCursor
  }

  get cursor(): string {
    return this.#encodeCursor(this.node)
  }
}

/** Shapes fetched rows (in fetch order, one more than the limit if more follow) into a connection. */
export const connectionOf = <Row, Key>(
  page: Page<Key>,
  rows: Row[],
  encodeCursor: (row: Row) => string,
  countRows: () => Promise<number | TotalCount>,
): Connection<Row> => {
  const hasMore = rows.length > page.limit
  const pageRows = rows.slice(0, page.limit)
  const edges = (page.backward ? pageRows.toReversed() : pageRows).map((node) => new Edge(node, encodeCursor))
  return {
    edges,
    pageInfo: {
      hasNextPage: page.backward ? page.before !== null : hasMore,
      hasPreviousPage: page.backward ? hasMore : page.after !== null,
      get startCursor() {
        return edges[0]?.cursor ?? null
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null
      },
    },
    ...totalOf(countRows),
  }
}

/** Counts once for both fields of the connection. */
const totalOf = (countRows: () => Promise<number | TotalCount>) => {
  let pending: Promise<TotalCount> | undefined
  const count = async (): Promise<TotalCount> => {
    const total = await countRows()
    return typeof total === 'number' ? { count: total, isEstimate: false } : total
  }
  const read = (): Promise<TotalCount> => {
    pending ??= count()
    return pending
  }
  return {
    totalCount: async () => (await read()).count,
    totalCountIsEstimate: async () => (await read()).isEstimate,
  }
}

/** Replaces the keys in a connection by their rows. Leaves out rows that were deleted after the keys were read. */
export const withRows = <Row extends { id: string }>(
  connection: Connection<{ id: string }>,
  rows: readonly Row[],
): Connection<Row> => {
  const rowById = new Map(rows.map((row) => [row.id, row]))
  const edges = connection.edges.flatMap((edge) => {
    const node = rowById.get(edge.node.id)
    return node === undefined ? [] : new Edge(node, () => edge.cursor)
  })
  return { ...connection, edges }
}
