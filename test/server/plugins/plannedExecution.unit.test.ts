import { RequestCache } from '@pothos/plugin-scope-auth'
import { buildSchema, type ExecutionArgs, type ExecutionResult, execute, parse } from 'graphql'
import { expect, it } from 'vitest'
import { usePlannedExecution } from '../../../src/server/plugins/plannedExecution.ts'

const schema = buildSchema('type Query { one: Int } type Mutation { one: Int }')
const builder = { options: {} } as never // as: all that the cache reads

type Run = (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult

const openExecution = (): Run => {
  let run: Run = execute
  const setExecuteFn = (next: Run) => {
    run = next
  }
  usePlannedExecution().onExecute?.({ executeFn: execute, setExecuteFn } as never) // as: all that the plugin uses
  return run
}

it.each([
  ['A planned query', 'query { one }', 1],
  ['A query that waits', 'query { one }', Promise.resolve(1)],
  ['A mutation', 'mutation { one }', 1],
])('%s releases what it has created for its context', async (_operation, text, one) => {
  const contextValue = {}
  const cache = RequestCache.fromContext(contextValue, builder)
  const result = openExecution()({ schema, document: parse(text), rootValue: { one }, contextValue })
  expect(await result).toEqual({ data: { one: 1 } })
  expect(RequestCache.fromContext(contextValue, builder)).not.toBe(cache)
})
