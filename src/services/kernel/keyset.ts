import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Page } from './paging.ts'

type Direction = 'asc' | 'desc'

/** Direction in which to fetch a page of a list that has this direction. */
const fetchDirection = (page: Page<unknown>, direction: Direction): Direction =>
  page.backward === (direction === 'asc') ? 'desc' : 'asc'

/** Conditions for the rows between a page's cursors. `beyond` creates the condition for the rows on one side of a key. */
const boundsOf = <Key, Condition>(
  page: Page<Key>,
  direction: Direction,
  beyond: (key: Key, sign: '<' | '>') => Condition,
): Condition[] => [
  ...(page.after === null ? [] : [beyond(page.after, direction === 'asc' ? '>' : '<')]),
  ...(page.before === null ? [] : [beyond(page.before, direction === 'asc' ? '<' : '>')]),
]

/** Values of the sort columns; the key of a list sorted by one column is its value. */
const toValues = (key: unknown): readonly unknown[] => (Array.isArray(key) ? key : [key])

/** Returns Prisma's arguments for a page of a list that is sorted by these columns, the last of which is unique. */
export const keyset = <Column extends string>(page: Page<unknown>, direction: Direction, ...columns: Column[]) => {
  const beyond = (key: unknown, sign: '<' | '>'): object => {
    const values = toValues(key)
    const equalities = columns.map((column, index) => ({ [column]: values[index] }))
    const inequalities = columns.map((column, index) => ({ [column]: { [sign === '<' ? 'lt' : 'gt']: values[index] } }))
    // (a, b) > (1, 2) means: a > 1, or a = 1 and b > 2.
    return { OR: inequalities.map((inequality, index) => ({ AND: [...equalities.slice(0, index), inequality] })) }
  }
  const toOrder = (column: Column) => ({ [column]: fetchDirection(page, direction) }) as { [C in Column]?: Direction } // as: a computed key has type string
  return { where: { AND: boundsOf(page, direction, beyond) }, orderBy: columns.map(toOrder), take: page.limit + 1 }
}

/**
 * Returns parts of a statement for such a page: its conditions, and ORDER BY with LIMIT. `columns` maps the SQL of each
 * column to the type of its values; `valuesOf` returns these values, by default the whole key.
 */
export const keysetSql = <Key>(
  page: Page<Key>,
  direction: Direction,
  columns: Record<string, string>,
  valuesOf: (key: Key) => readonly unknown[] = toValues,
): { bounds: Prisma.Sql[]; orderAndLimit: Prisma.Sql } => {
  const names = Object.keys(columns)
  const beyond = (key: Key, sign: '<' | '>'): Prisma.Sql => {
    const values = valuesOf(key)
    const casts = Object.values(columns).map((type, index) => Prisma.sql`${values[index]}::${Prisma.raw(type)}`)
    return Prisma.sql`(${Prisma.raw(names.join(', '))}) ${Prisma.raw(sign)} (${Prisma.join(casts, ', ')})`
  }
  const order = names.map((name) => `${name} ${fetchDirection(page, direction).toUpperCase()}`).join(', ')
  return {
    bounds: boundsOf(page, direction, beyond),
    orderAndLimit: Prisma.sql`ORDER BY ${Prisma.raw(order)} LIMIT ${page.limit + 1}`,
  }
}
