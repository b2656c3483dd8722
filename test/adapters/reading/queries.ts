import fc from 'fast-check'
import { datamodel } from '../../../prisma/generated/reading.ts'
import type { Args } from './readingIt.ts'

type Field = (typeof datamodel.models)[number]['fields'][number]

export const modelOf = (name: string) => {
  const model = datamodel.models.find((candidate) => candidate.name === name)
  if (model === undefined) throw new Error(`There is no model ${name}.`)
  return model
}

/** Values of a column that some rows have. */
export type ValuesOf = (model: string, field: string) => readonly unknown[]

/** Creates arguments of `findMany` for a model. */
export const createQueries = (valuesOf: ValuesOf) => {
  const subset = (entries: Record<string, fc.Arbitrary<unknown>>, maxLength = 5): fc.Arbitrary<Args> =>
    fc
      .shuffledSubarray(Object.keys(entries), { maxLength: Math.min(maxLength, Object.keys(entries).length) })
      .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, entries[name] ?? fc.constant(true)]))))

  const scalarsOf = (model: string): Field[] => modelOf(model).fields.filter(({ kind }) => kind !== 'object')
  const relationsOf = (model: string): Field[] => modelOf(model).fields.filter(({ kind }) => kind === 'object')

  const scalarFilter = (model: string, { name, type, kind, isRequired }: Field): fc.Arbitrary<unknown> => {
    const values = valuesOf(model, name).filter((value) => value !== null && value !== undefined)
    if (values.length === 0) return fc.constant(undefined)
    const value = fc.constantFrom(...values)
    const list = fc.array(value, { maxLength: 4 })
    const isOrdered = kind === 'scalar' && type !== 'Boolean'
    return fc.oneof(
      value,
      fc.record({ not: value }),
      fc.constant(undefined),
      ...(type === 'Boolean' ? [] : [fc.record({ in: list }), fc.record({ notIn: list })]),
      ...(isRequired ? [] : [fc.constant(null), fc.constant({ not: null })]),
      ...(isOrdered ? [fc.record({ gte: value, lt: value }, { requiredKeys: [] }), fc.record({ lte: value })] : []),
    )
  }

  const where = (model: string, depth: number): fc.Arbitrary<Args> => {
    const scalars = scalarsOf(model).filter(({ isList, type }) => !isList && type !== 'Json' && type !== 'Bytes')
    const below = depth > 0 ? relationsOf(model) : []
    const combined = depth > 0 ? fc.array(where(model, depth - 1), { maxLength: 3 }) : fc.constant([])
    const entries = {
      ...Object.fromEntries(scalars.map((field) => [field.name, scalarFilter(model, field)])),
      ...Object.fromEntries(
        below.map(({ name, type, isList }) => {
          const filter = where(type, depth - 1)
          return [name, isList ? fc.record({ some: filter }) : filter]
        }),
      ),
      AND: combined,
      OR: combined,
    }
    return subset(entries, 3)
  }

  /** Orders are total, so that both clients return the same order. */
  const order = (model: string): fc.Arbitrary<Args> => {
    const fields = scalarsOf(model).filter(({ isList, type }) => !isList && type !== 'Json' && type !== 'Bytes')
    const term = fc.tuple(fc.constantFrom(...fields), fc.constantFrom('asc', 'desc'))
    const terms = fc.array(
      term.map(([{ name }, direction]) => ({ [name]: direction })),
      { maxLength: 2 },
    )
    const key = modelOf(model).primaryKey.map((name) => ({ [name]: 'desc' }))
    return fc.oneof(
      fc.constant({}),
      fc.record({ take: fc.integer({ min: 0, max: 4 }) }),
      fc.record({ orderBy: terms.map((list) => [...list, ...key]), take: fc.option(fc.nat(5), { nil: undefined }) }),
    )
  }

  const selection = (model: string, depth: number): fc.Arbitrary<Args> => {
    const columns = Object.fromEntries(scalarsOf(model).map(({ name }) => [name, fc.constantFrom(true, true, false)]))
    const relations = Object.fromEntries(
      (depth > 0 ? relationsOf(model) : []).map(({ name, type, isList }) => [
        name,
        fc.oneof(fc.constant(true), isList ? list(type, depth - 1) : selection(type, depth - 1)),
      ]),
    )
    return fc.oneof(
      fc.constant({}),
      fc.record({ select: subset({ ...columns, ...relations }) }),
      fc.record({ include: subset(relations) }),
    )
  }

  const list = (model: string, depth: number): fc.Arbitrary<Args> =>
    fc
      .tuple(selection(model, depth), order(model), fc.option(where(model, Math.min(depth, 1)), { nil: undefined }))
      .map(([fields, ordering, filter]) => ({ ...fields, ...ordering, where: filter }))

  return (model: string): fc.Arbitrary<Args> => list(model, 2)
}
