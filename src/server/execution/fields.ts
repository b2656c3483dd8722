import { locatedError } from 'graphql'
import { argumentsOf, infoOf, pathOf } from './info.ts'
import { type FieldPlan, isPromise, type ObjectPlan, type Path, type Run } from './types.ts'

const keysOf = (path: Path | undefined): (string | number)[] => {
  const keys: (string | number)[] = []
  for (let place = path; place !== undefined; place = place.prev) keys.push(place.key)
  return keys.reverse()
}

/** Records an error and returns the null that takes the place of the value; throws the error where null is not allowed. */
export const toNull = (run: Run, { nodes }: FieldPlan, isNullable: boolean, error: unknown, path: Path): null => {
  if (!(error instanceof Error)) run.needsLibrary = true // it converts what is thrown otherwise
  const located = locatedError(error, nodes, keysOf(path))
  if (!isNullable) throw located
  run.errors.push(located)
  return null
}

/** The driver reports the failures of several addresses of a server as one. */
const toNullField = (run: Run, field: FieldPlan, error: unknown, path: Path): null => {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  if (errors.length === 0) run.needsLibrary = true
  for (const each of errors) toNull(run, field, field.isNullable, each, path)
  return null
}

const readProperty = (run: Run, field: FieldPlan, source: unknown, parentPath: Path | undefined): unknown => {
  if (source === null || typeof source !== 'object') return undefined
  const value = (source as Record<string, unknown>)[field.definition.name] // as: any object may have it
  if (typeof value !== 'function') return value
  return value.call(source, argumentsOf(run, field), run.context, infoOf(run, field, pathOf(field, parentPath)))
}

type RowResolver = (row: unknown) => unknown

const resolveField = (
  run: Run,
  field: FieldPlan,
  source: unknown,
  path: Path | undefined,
  parentPath?: Path,
): unknown => {
  const { resolve, readsRowOnly } = field
  if (resolve === null) return readProperty(run, field, source, parentPath)
  if (readsRowOnly) return (resolve as RowResolver)(source) // as: it has no other parameters
  return resolve(source, argumentsOf(run, field), run.context, infoOf(run, field, path ?? pathOf(field, parentPath)))
}

/** Reads a text of the object itself, which needs no completion. Returns undefined for anything else. */
const readText = ({ resolve, definition }: FieldPlan, source: unknown): string | undefined => {
  try {
    const value =
      resolve === null ? (source as Record<string, unknown>)[definition.name] : (resolve as RowResolver)(source) // as: fails otherwise
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined // executeField reports the error
  }
}

const executeField = (run: Run, field: FieldPlan, source: unknown, parentPath: Path | undefined): unknown => {
  const { complete } = field
  const path = field.hasSelection ? pathOf(field, parentPath) : undefined
  try {
    const value = resolveField(run, field, source, path, parentPath)
    const completed = isPromise(value)
      ? value.then((settled) => complete(run, field, settled, path))
      : complete(run, field, value, path)
    if (!isPromise(completed)) return completed
    return completed.then(undefined, (error: unknown) =>
      toNullField(run, field, error, path ?? pathOf(field, parentPath)),
    )
  } catch (error) {
    return toNullField(run, field, error, path ?? pathOf(field, parentPath))
  }
}

/** Waits for the promises of an object. The keys keep their order. */
const settle = (results: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const promises: Promise<unknown>[] = []
  for (const key in results) {
    const value = results[key]
    if (!isPromise(value)) continue
    promises.push(
      value.then((settled) => {
        results[key] = settled
      }),
    )
  }
  const [first] = promises
  const all = promises.length === 1 && first !== undefined ? first : Promise.all(promises)
  return all.then(() => results)
}

/** Executes the fields of an object side by side. */
export const executeFields = (
  run: Run,
  plan: ObjectPlan,
  source: unknown,
  path: Path | undefined,
): Record<string, unknown> | Promise<Record<string, unknown>> => {
  const results: Record<string, unknown> = {}
  let hasPromise = false
  try {
    for (const field of plan) {
      const text = field.isRowText ? readText(field, source) : undefined
      const result = text ?? executeField(run, field, source, path)
      results[field.key] = result
      if (text === undefined && isPromise(result)) hasPromise = true
    }
  } catch (error) {
    if (!hasPromise) throw error
    const rethrow = (): never => {
      throw error
    }
    return settle(results).then(rethrow, rethrow) // they may fail as well
  }
  return hasPromise ? settle(results) : results
}
