import { type Args, entriesOf, requireKnownKeys, toArgs, unsupported } from './arguments.ts'
import { combine, type DecodeRow, type Step, stepsOfColumn, stepsOfRelation } from './decode.ts'
import type { Column, Model } from './model.ts'
import { compileOrderAndLimit } from './orderBy.ts'
import type { Relation } from './relations.ts'
import { modelOf, nextAlias, type Scope } from './scope.ts'
import { compileWhere, joinConditions } from './where.ts'

/** Columns of a SELECT, and how a row of their JSON is decoded. */
export interface Projection {
  columns: string
  decodeRow: DecodeRow
}

interface Part {
  sql: string
  steps: Step[]
}

const listKeys = new Set(['select', 'include', 'where', 'orderBy', 'take'])
const rowKeys = new Set(['select', 'include'])

const compileColumn = ({ alias }: Scope, column: Column): Part => {
  const { name, sql, type } = column
  const expression = `${alias}.${sql}`
  const isRenamed = type.select !== undefined || sql !== `"${name}"`
  return {
    sql: isRenamed ? `${type.select?.(expression) ?? expression} AS "${name}"` : expression,
    steps: stepsOfColumn(column),
  }
}

const compileRelation = (parent: Scope, name: string, relation: Relation, args: Args): Part => {
  requireKnownKeys(args, relation.isList ? listKeys : rowKeys, 'a relation')
  const scope = nextAlias(parent)
  const model = modelOf(parent, relation.model)
  const { columns, decodeRow } = compileProjection(scope, model, args)
  const filters = args['where'] === undefined ? [] : compileWhere(scope, model, toArgs(args['where'], 'where'))
  const where = [...joinConditions(scope, relation, parent.alias), ...filters].join(' AND ')
  const orderAndLimit = compileOrderAndLimit(scope, model, args['orderBy'], args['take'])
  const rows = `(SELECT ${columns} FROM ${model.table} ${scope.alias} WHERE ${where}${orderAndLimit}) AS _row`
  return {
    sql: `(SELECT ${relation.isList ? 'json_agg' : 'to_json'}(_row) FROM ${rows}) AS "${name}"`,
    steps: stepsOfRelation(name, relation.isList, decodeRow),
  }
}

const compileWholeRow = (scope: Scope, model: Model): Part[] =>
  model.isComplete
    ? [...model.columns.values()].map((column) => compileColumn(scope, column))
    : unsupported(`whole rows of ${model.name}`)

const compileField = (scope: Scope, model: Model, name: string, value: unknown): Part => {
  const column = model.columns.get(name)
  if (column !== undefined && value === true) return compileColumn(scope, column)
  const relation = model.relations.get(name) ?? unsupported(`${model.name}.${name}`)
  return compileRelation(scope, name, relation, value === true ? {} : toArgs(value, `${model.name}.${name}`))
}

/** A compiled projection, with the state of the statement before and after it. */
interface Compiled {
  projection: Projection
  values: readonly unknown[]
  aliases: number
}

const compiledBySelect = new WeakMap<object, Map<string, Compiled>>()

/** Compiles `select`, `include` or neither, in the order in which Prisma returns the fields. A frozen `select` is compiled once. */
export const compileProjection = (scope: Scope, model: Model, args: Args): Projection => {
  const { select } = args
  if (typeof select !== 'object' || select === null || !Object.isFrozen(select))
    return compileSelection(scope, model, args)
  const { alias, statement } = scope
  const { values, aliases } = statement
  const key = `${model.name} ${alias} ${aliases} ${values.length}`
  const compiled = compiledBySelect.get(select) ?? new Map<string, Compiled>()
  compiledBySelect.set(select, compiled)
  const known = compiled.get(key)
  if (known !== undefined) {
    values.push(...known.values)
    statement.aliases = known.aliases
    return known.projection
  }
  const start = values.length
  const projection = compileSelection(scope, model, args)
  compiled.set(key, { projection, values: values.slice(start), aliases: statement.aliases })
  return projection
}

const compileSelection = (scope: Scope, model: Model, { select, include }: Args): Projection => {
  if (select !== undefined && include !== undefined) return unsupported('both select and include')
  const fields = entriesOf(toArgs(select ?? include ?? {}, 'a selection')).filter(([, value]) => value !== false)
  if (select === undefined && fields.some(([name]) => model.columns.has(name))) return unsupported('an included column')
  const parts = [
    ...(select === undefined ? compileWholeRow(scope, model) : []),
    ...fields.map(([name, value]) => compileField(scope, model, name, value)),
  ]
  if (parts.length === 0) return unsupported('an empty selection')
  return {
    columns: parts.map(({ sql }) => sql).join(', '),
    decodeRow: combine(parts.flatMap(({ steps }) => steps)),
  }
}
