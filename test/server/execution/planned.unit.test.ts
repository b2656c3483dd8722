import process from 'node:process'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { buildSchema, type ExecutionArgs, type ExecutionResult, parse } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { executePlanned } from '../../../src/server/execution/execute.ts'
import { createSchema, operations } from './randomOperation.ts'

type Execute = (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult

const runs = Number(process.env['EXECUTION_RUNS'] ?? 300)

/** Returns the function with which GraphQL Yoga executes operations. */
const findLibrary = async (): Promise<Execute> => {
  const captured = Promise.withResolvers<Execute>()
  const capture: Plugin = { onExecute: ({ executeFn }) => captured.resolve(executeFn) }
  const yoga = createYoga({ schema: createSchema([1]), plugins: [capture], logging: false })
  await yoga.fetch('http://localhost/graphql?query={__typename}')
  return captured.promise
}

const library = await findLibrary()

const argsOf = (numbers: number[], query: string, variableValues: Record<string, unknown>): ExecutionArgs => ({
  schema: createSchema(numbers),
  document: parse(query),
  variableValues,
  contextValue: {},
})

/** Returns the path of the null that took the place of an error's value, or of something above it. */
const nullPathOf = (data: unknown, path: readonly (string | number)[] = []): string => {
  let value: unknown = data
  const length = path.findIndex((key) => {
    value = value === null || value === undefined ? null : Reflect.get(Object(value), key)
    return value === null
  })
  return path.slice(0, length + 1).join('.')
}

/**
 * Writes a result without the errors beneath a null that an earlier error has caused: whether such a later error is still
 * reported depends on the moment at which the answer is written.
 */
const textOf = ({ data, errors = [] }: ExecutionResult): string => {
  const places = new Set<string>()
  const first = errors.filter(({ path }) => {
    const place = nullPathOf(data, path)
    return !places.has(place) && places.add(place)
  })
  return JSON.stringify({ first, data })
}

/** Executes an operation twice by its plan, since the second execution finds it made. */
const compare = async (args: ExecutionArgs): Promise<boolean> => {
  const expected = textOf(await library(args))
  const first = await executePlanned(args)
  if (first === null) return false
  expect(textOf(first)).toBe(expected)
  const second = await executePlanned(args)
  expect(second && textOf(second)).toBe(expected)
  return true
}

// In lists that have failed, the library leaves the rejections of other items unhandled.
const listeners = process.listeners('unhandledRejection')
beforeAll(() => void process.removeAllListeners('unhandledRejection').on('unhandledRejection', () => undefined))
afterAll(async () => {
  await setImmediate() // Node reports rejections after the callbacks that are queued
  process.removeAllListeners('unhandledRejection')
  for (const listener of listeners) process.on('unhandledRejection', listener)
})

it('A plan answers random operations as the library does', async () => {
  let plannedCount = 0
  const variables = fc.record({ first: fc.constantFrom(1, 2, 3), flag: fc.boolean() }, { requiredKeys: [] })
  const property = fc.asyncProperty(
    operations,
    variables,
    fc.array(fc.nat(), { minLength: 5, maxLength: 20 }),
    async (query, values, numbers) => {
      if (await compare(argsOf(numbers, query, values))) plannedCount += 1
    },
  )
  await fc.assert(property, { numRuns: runs })
  expect(plannedCount).toBeGreaterThan(runs / 10)
})

it.for([
  ['introspection', '{ __schema { queryType { name } } }'],
  ['another directive', '{ name @defer }'],
  ['an alias that makes an answer look like a promise', '{ then: name }'],
  ['an alias that is no ordinary key', '{ __proto__: name }'],
  ['a condition without a value', 'query ($flag: Boolean) { name @skip(if: $flag) }'],
  ['a missing variable', 'query ($first: Int!) { leaf(first: $first) { name } }'],
  ['a subscription', 'subscription { name }'],
  ['a mutation', 'mutation { name }'],
  [
    'an operation with more fields than a plan may have',
    `{ ${Array.from({ length: 501 }, (_, n) => `n${n}: name`).join(' ')} }`,
  ],
])('The library executes %s', async ([, query = '']) => {
  expect(await executePlanned(argsOf([1], query, {}))).toBeNull()
})

it('The library executes a query again whose value does not fit its type', async () => {
  const schema = buildSchema('type Query { names: [String] }')
  const args = { schema, document: parse('{ names }'), rootValue: { names: 'text' } }
  expect(await executePlanned(args)).toBeNull()
})

it('A plan for one value of a condition is not used for another', async () => {
  const args = argsOf([1], 'query ($flag: Boolean!) { name other: name @skip(if: $flag) }', { flag: true })
  expect(Object.keys((await executePlanned(args))?.data ?? {})).toEqual(['name'])
  const otherArgs = { ...args, variableValues: { flag: false } }
  expect(Object.keys((await executePlanned(otherArgs))?.data ?? {})).toEqual(['name', 'other'])
})
