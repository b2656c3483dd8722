import { type Args, isPlainObject, toArgs, unsupported } from './arguments.ts'
import type { Model } from './model.ts'

/** A read of at most one row, as arguments of `findMany`. */
export interface UniqueRead {
  args: Args
  /** Field whose id can be looked up together with other ids, or null. The first parameter is the list of ids. */
  batchField: string | null
  /** Whether the caller has not selected that field: only the batch needs it. */
  isFieldHidden: boolean
}

/** As PostgreSQL writes them, so that ids can be compared with those of the rows. */
export const canonicalUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const isScalar = (value: unknown): boolean =>
  value !== undefined && value !== null && (typeof value === 'object') === value instanceof Date

const compileKey = (model: Model, fields: readonly string[], value: unknown) => {
  const [field = '', ...others] = fields
  if (others.length > 0) {
    const parts = toArgs(value, 'a compound key')
    const isKey = Object.keys(parts).length === fields.length && fields.every((name) => isScalar(parts[name]))
    return isKey ? { condition: parts, batchField: null } : unsupported('a part of a compound key')
  }
  const isBatched =
    model.columns.get(field)?.type.sql === 'uuid' && typeof value === 'string' && canonicalUuid.test(value)
  if (isBatched) return { condition: { [field]: { in: [value] } }, batchField: field }
  return isScalar(value) ? { condition: { [field]: value }, batchField: null } : unsupported('a filter of a unique key')
}

/** Turns the arguments of `findUnique` into those of `findMany`. */
export const toUniqueRead = (model: Model, args: unknown): UniqueRead => {
  const { where, ...shape } = toArgs(args, 'the arguments')
  for (const name in shape)
    if (name !== 'select' && name !== 'include' && shape[name] !== undefined) unsupported(`findUnique with ${name}`)
  const conditions = toArgs(where, 'where')
  const name = Object.keys(conditions).find((key) => model.uniqueKeys.has(key) && conditions[key] !== undefined)
  if (name === undefined) return unsupported('findUnique without a unique key')
  const { [name]: value, ...others } = conditions
  const { condition, batchField } = compileKey(model, model.uniqueKeys.get(name) ?? [], value)
  const uniqueWhere = { AND: [condition, others] }
  const { select } = shape
  const isFieldHidden = batchField !== null && isPlainObject(select) && select[batchField] !== true
  return {
    args: isFieldHidden
      ? { ...shape, select: { ...select, [batchField]: true }, where: uniqueWhere }
      : { ...shape, where: uniqueWhere },
    batchField,
    isFieldHidden,
  }
}
