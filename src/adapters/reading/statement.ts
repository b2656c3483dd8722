import { type Args, requireKnownKeys, toArgs } from './arguments.ts'
import { decodeRows, type Row } from './decode.ts'
import type { Model, Models } from './model.ts'
import { compileOrderAndLimit } from './orderBy.ts'
import { compileProjection } from './projection.ts'
import { openScope } from './scope.ts'
import { compileWhere } from './where.ts'

/** A statement that returns the rows of a read as one JSON text. */
export interface Statement {
  text: string
  /** Parameters, those of `where` first, in its order. */
  values: unknown[]
  decode(json: string | null): Row[]
}

const knownKeys = new Set(['select', 'include', 'where', 'orderBy', 'take'])

/** Compiles what `findMany` is asked. Throws `Unsupported` for what only Prisma can answer or refuse. */
export const compileRead = (models: Models, model: Model, args: Args): Statement => {
  requireKnownKeys(args, knownKeys, 'a read')
  const scope = openScope(models)
  const conditions = args['where'] === undefined ? [] : compileWhere(scope, model, toArgs(args['where'], 'where'))
  const { columns, decodeRow } = compileProjection(scope, model, args)
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const orderAndLimit = compileOrderAndLimit(scope, model, args['orderBy'], args['take'])
  return {
    text: `SELECT json_agg(_row)::text FROM (SELECT ${columns} FROM ${model.table} t0${where}${orderAndLimit}) AS _row`,
    values: scope.statement.values,
    decode: (json) => decodeRows(json, decodeRow),
  }
}
