import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'
import { executeFields, toNull } from './fields.ts'
import { infoOf } from './info.ts'
import { type Complete, type FieldPlan, isPromise, type ObjectPlan, type Path, type Run } from './types.ts'

interface Planner {
  possibleTypes(type: GraphQLAbstractType): readonly GraphQLObjectType[]
  planObject(type: GraphQLObjectType): ObjectPlan
}

/** Passes on errors that resolvers return, and nulls. */
const ofValue =
  (complete: (run: Run, field: FieldPlan, value: NonNullable<unknown>, path: Path | undefined) => unknown): Complete =>
  (run, field, value, path) => {
    if (value instanceof Error) throw value
    return value === null || value === undefined ? null : complete(run, field, value, path)
  }

const useLibrary = (run: Run): null => {
  run.needsLibrary = true
  return null
}

/** Whether all texts are values of a type, written as they are. */
export const isText = (type: GraphQLOutputType): boolean => type === GraphQLString || type === GraphQLID

const leafCompleter = (type: GraphQLLeafType): Complete => {
  const isTextType = isText(type)
  const serialize = ofValue((run, _field, value) => {
    try {
      const serialized: unknown = type.serialize(value) ?? useLibrary(run)
      // As JSON would write it; calling back for each date takes longer.
      return serialized instanceof Date ? serialized.toISOString() : serialized
    } catch (error) {
      // An error of a value is not one that the document caused.
      throw error instanceof GraphQLError ? new Error(error.message) : error
    }
  })
  return (run, field, value, path) =>
    isTextType && typeof value === 'string' ? value : serialize(run, field, value, path)
}

const nonNullCompleter =
  (complete: Complete): Complete =>
  (run, field, value, path) => {
    const completed = complete(run, field, value, path)
    if (completed !== null) return completed
    throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.definition.name}.`)
  }

const isIterable = (value: object): value is Iterable<unknown> =>
  typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function' // as: any object may have it

const listCompleter = (itemType: GraphQLOutputType, planner: Planner): Complete => {
  const completeItem = completerOf(itemType, planner)
  const isNullable = !isNonNullType(itemType)
  return ofValue((run, field, value, path) => {
    if (typeof value !== 'object' || !isIterable(value)) return useLibrary(run)
    const results: unknown[] = []
    let hasPromise = false
    for (const item of value) {
      const itemPath = { prev: path, key: results.length, typename: undefined }
      try {
        const completed = isPromise(item)
          ? item.then((settled) => completeItem(run, field, settled, itemPath))
          : completeItem(run, field, item, itemPath)
        if (isPromise(completed)) hasPromise = true
        results.push(
          isPromise(completed)
            ? completed.then(undefined, (error: unknown) => toNull(run, field, isNullable, error, itemPath))
            : completed,
        )
      } catch (error) {
        for (const result of results) if (isPromise(result)) result.catch(() => undefined) // nothing waits for it if this throws
        results.push(toNull(run, field, isNullable, error, itemPath))
      }
    }
    return hasPromise ? Promise.all(results) : results
  })
}

const abstractCompleter = (type: GraphQLAbstractType, planner: Planner): Complete => {
  const plans = new Map(planner.possibleTypes(type).map((possible) => [possible.name, planner.planObject(possible)]))
  const resolveType = type.resolveType ?? defaultTypeResolver
  return ofValue((run, field, value, path) => {
    if (path === undefined) return useLibrary(run)
    const complete = (name: string | undefined) => {
      const plan = plans.get(name ?? '')
      return plan === undefined ? useLibrary(run) : executeFields(run, plan, value, path)
    }
    const name = resolveType(value, run.context, infoOf(run, field, path), type)
    return isPromise(name) ? name.then(complete) : complete(name)
  })
}

/** Creates the function that completes values of a type. */
export const completerOf = (type: GraphQLOutputType, planner: Planner): Complete => {
  if (isNonNullType(type)) return nonNullCompleter(completerOf(type.ofType, planner))
  if (isListType(type)) return listCompleter(type.ofType, planner)
  if (isLeafType(type)) return leafCompleter(type)
  if (isAbstractType(type)) return abstractCompleter(type, planner)
  const plan = planner.planObject(type)
  return ofValue((run, _field, value, path) => executeFields(run, plan, value, path))
}
