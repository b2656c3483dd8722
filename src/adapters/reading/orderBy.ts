import { entriesOf, toArgs, unsupported } from './arguments.ts'
import type { Model } from './model.ts'
import { bind, type Scope } from './scope.ts'

const directions = new Map([
  ['asc', 'ASC'],
  ['desc', 'DESC'],
])

const compileTerm = (scope: Scope, model: Model, key: string, direction: unknown): string => {
  const column = model.columns.get(key)
  const sql = typeof direction === 'string' ? directions.get(direction) : undefined
  if (column === undefined || column.isList || column.type.filters === 'none' || sql === undefined)
    return unsupported(`the order by ${model.name}.${key}`)
  return `${scope.alias}.${column.sql} ${sql}`
}

const compileOrder = (scope: Scope, model: Model, orderBy: unknown): string[] =>
  (orderBy === undefined ? [] : [orderBy].flat()).flatMap((part) => {
    const terms = entriesOf(toArgs(part, 'an order'))
    if (terms.length > 1) return unsupported('an order by two fields without a list')
    return terms.map(([key, direction]) => compileTerm(scope, model, key, direction))
  })

/**
 * Limits of usual pages, with the row that shows whether more follow, and of single rows. They are written as numbers:
 * PostgreSQL would make a new plan for each execution of a statement whose limit is a parameter. Other limits are
 * parameters, so that callers cannot use up the names of prepared statements by asking for pages of every size.
 */
const usualLimits = new Set([1, 6, 11, 21, 26, 51, 101])

/** Compiles ORDER BY and LIMIT. The first rows are those with the lowest primary keys, unless an order says otherwise. */
export const compileOrderAndLimit = (scope: Scope, model: Model, orderBy: unknown, take: unknown): string => {
  const isLimited = take !== undefined
  if (isLimited && !(Number.isInteger(take) && Number(take) >= 0 && Number(take) < 2 ** 31))
    return unsupported('a number of rows from the end')
  const order = compileOrder(scope, model, orderBy)
  if (isLimited && order.length === 0) {
    if (model.primaryKey.length === 0) return unsupported('a limit without an order')
    order.push(...model.primaryKey.map((key) => compileTerm(scope, model, key, 'asc')))
  }
  const orderSql = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`
  if (!isLimited) return orderSql
  const limit = usualLimits.has(Number(take)) ? String(take) : bind(scope, String(take), 'int8')
  return `${orderSql} LIMIT ${limit}`
}
