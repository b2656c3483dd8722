import { z } from 'zod'
import { InvalidInputError } from './errors.ts'
import { isPostgresText } from './scalars.ts'

/** Relay's arguments as they arrive. */
export interface PageArguments {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** A page to fetch: rows on one side of a sort key, in one direction; fetch `limit + 1` to see whether more follow. */
export interface Page<Key> {
  limit: number
  /** Walking from the end of the list: fetch in reversed order, then turn around. */
  backward: boolean
  after: Key | null
  before: Key | null
}

export interface Connection<Row> {
  edges: { cursor: string; node: Row }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  /** Asked only where the field is selected. */
  totalCount: () => Promise<number>
}

const defaultPageSize = 20
const maxPageSize = 100

/**
 * A cursor is the sort key plus the id, never a row: it stays valid when its row is gone.
 * `list` is part of it, so that a cursor from another list or order is refused. Only the very text that `encode` writes is
 * taken back; its shape is made of what `values.ts` offers, since a forged key would reach a statement.
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
        if (listName !== list) throw new Error(`a cursor of ${listName}`)
        const key = shape.parse(raw)
        if (encode(key) !== cursor) throw new Error('written by somebody else')
        return key
      } catch (cause) {
        throw new InvalidInputError([{ path, message: 'Not a cursor of this list and order.' }], { cause })
      }
    },
  }
}

const envelopeShape = z.tuple([z.string(), z.unknown()])

const refuseInvalidText = (_name: string, value: unknown): unknown => {
  if (typeof value === 'string' && !isPostgresText(value)) throw new Error('no text of the database')
  return value
}

export const parsePage = <Key>(args: PageArguments, codec: CursorCodec<Key>): Page<Key> => {
  const issues = []
  if (args.first != null && args.last != null) issues.push({ path: 'last', message: 'Either first or last.' })
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

/** Shapes fetched rows (in fetch order, one more than the limit where there is one) into a connection. */
export const connectionOf = <Row, Key>(
  page: Page<Key>,
  rows: Row[],
  encodeCursor: (row: Row) => string,
  totalCount: () => Promise<number>,
): Connection<Row> => {
  const hasMore = rows.length > page.limit
  const pageRows = rows.slice(0, page.limit)
  const edges = (page.backward ? pageRows.toReversed() : pageRows).map((node) => ({ cursor: encodeCursor(node), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: page.backward ? page.before !== null : hasMore,
      hasPreviousPage: page.backward ? hasMore : page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  }
}
