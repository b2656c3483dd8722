import { type Args, entriesOf, isPlainObject, toArgs, unsupported } from './arguments.ts'
import type { Column, Model } from './model.ts'
import type { Relation } from './relations.ts'
import { bind, modelOf, nextAlias, type Scope } from './scope.ts'

const comparisons = new Map([
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
])

const compileNull = (expression: string, { isRequired }: Column, isNegated: boolean): string =>
  isRequired ? unsupported('null of a required field') : `${expression} IS ${isNegated ? 'NOT ' : ''}NULL`

const compileOperator = (scope: Scope, column: Column, operator: string, value: unknown): string => {
  const { type } = column
  const expression = `${scope.alias}.${column.sql}`
  const isNegated = operator === 'not' || operator === 'notIn'
  if (operator === 'equals' || operator === 'not') {
    if (value === null) return compileNull(expression, column, isNegated)
    return `${expression} ${isNegated ? '<>' : '='} ${bind(scope, type.encode(value), type.sql)}`
  }
  if (operator === 'in' || operator === 'notIn') {
    if (!Array.isArray(value)) return unsupported(`${operator} without a list`)
    const list = bind(scope, value.map(type.encode), `${type.sql}[]`)
    return `${expression} ${isNegated ? '<> ALL' : '= ANY'}(${list})`
  }
  const sign = type.filters === 'order' ? comparisons.get(operator) : undefined
  return sign === undefined
    ? unsupported(`the operator ${operator}`)
    : `${expression} ${sign} ${bind(scope, type.encode(value), type.sql)}`
}

const compileScalar = (scope: Scope, column: Column, filter: unknown): string[] => {
  if (column.type.filters === 'none' || column.isList) return unsupported(`a filter by ${column.name}`)
  return isPlainObject(filter)
    ? entriesOf(filter).map(([operator, value]) => compileOperator(scope, column, operator, value))
    : [compileOperator(scope, column, 'equals', filter)]
}

/** Returns the conditions under which a row with the alias of `scope` is related to one with the alias `parent`. */
export const joinConditions = (scope: Scope, { pairs }: Relation, parent: string): string[] =>
  pairs.map(([here, there]) => `${scope.alias}.${there} = ${parent}.${here}`)

const compileRelation = (parent: Scope, relation: Relation, filter: unknown): string => {
  const model = modelOf(parent, relation.model)
  const [[key, wanted] = [], ...others] = relation.isList ? entriesOf(toArgs(filter, 'a relation')) : [['is', filter]]
  if (others.length > 0 || !(key === 'some' || key === 'is')) return unsupported(`the relation filter ${key}`)
  const scope = nextAlias(parent)
  const conditions = compileWhere(scope, model, toArgs(wanted, 'a relation'))
  // An empty filter means another thing for each kind of relation.
  if (conditions.length === 0 && !relation.isList) return unsupported('an empty relation filter')
  const where = [...joinConditions(scope, relation, parent.alias), ...conditions].join(' AND ')
  return `EXISTS (SELECT 1 FROM ${model.table} ${scope.alias} WHERE ${where})`
}

const compileAnd = (scope: Scope, model: Model, parts: unknown): string[] =>
  [parts].flat().flatMap((part) => compileWhere(scope, model, toArgs(part, 'a part of a filter')))

/** Compiles alternatives. What Prisma makes of those without a condition depends on where they stand. */
const compileOr = (scope: Scope, model: Model, parts: unknown): string => {
  if (!Array.isArray(parts) || parts.length === 0) return unsupported('OR without alternatives')
  const alternatives = parts.map((part) => compileWhere(scope, model, toArgs(part, 'an alternative')))
  if (alternatives.some((conditions) => conditions.length === 0))
    return unsupported('an alternative without a condition')
  return `(${alternatives.map((conditions) => `(${conditions.join(' AND ')})`).join(' OR ')})`
}

/** Compiles a filter to conditions that all have to be met. */
export const compileWhere = (scope: Scope, model: Model, where: Args): string[] =>
  entriesOf(where).flatMap(([key, value]) => {
    if (key === 'AND') return compileAnd(scope, model, value)
    if (key === 'OR') return [compileOr(scope, model, value)]
    const column = model.columns.get(key)
    if (column !== undefined) return compileScalar(scope, column, value)
    const relation = model.relations.get(key)
    return relation === undefined
      ? unsupported(`a filter by ${model.name}.${key}`)
      : [compileRelation(scope, relation, value)]
  })
