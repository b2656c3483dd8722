import type { IncomingMessage } from 'node:http'
import { buildSchema, type ExecutionArgs, type ExecutionResult, execute, parse } from 'graphql'
import { expect, test } from 'vitest'
import { createDirectAnswers } from '../../../src/server/directAnswer.ts'
import { createDocuments, type Graphql } from '../../../src/server/graphql.ts'
import { compressedFormsOf, useAnswerCache } from '../../../src/server/plugins/answerCache.ts'

const schema = buildSchema('type Query { hello: String }')
const query = '{ hello }'
const document = parse(query)

const createCache = (maxBytes: number) => {
  let state = 'a'
  const plugin = useAnswerCache({
    schema,
    maxBytes,
    readState: async () => state,
    urlPeriod: () => 1,
    actorOf: () => ({ type: 'user', userId: 'ada', role: 'VIEWER', requestId: null }),
  })
  const args: ExecutionArgs = { schema, document, rootValue: { hello: 'world' }, contextValue: {} }
  const ask = async () => {
    let run: (args: ExecutionArgs) => unknown = execute
    await plugin.onExecute?.({
      args,
      executeFn: execute,
      setExecuteFn: (execution: typeof run) => {
        run = execution
      },
    } as never) // as: all that the plugin uses
    return (await run(args)) as ExecutionResult // as: the result of a query
  }
  return {
    ask,
    write: () => {
      state = `${state}a`
    },
  }
}

test('an answer that is repeated shares its compressed forms with the first one', async () => {
  const { ask } = createCache(1024 ** 2)
  const forms = compressedFormsOf(await ask())
  expect(forms).toBeInstanceOf(Map)
  expect(compressedFormsOf(await ask())).toBe(forms)
})

test('an answer after a write has compressed forms of its own', async () => {
  const { ask, write } = createCache(1024 ** 2)
  const forms = compressedFormsOf(await ask())
  write()
  expect(compressedFormsOf(await ask())).not.toBe(forms)
})

test('an answer has no compressed forms without the cache', async () => {
  expect(compressedFormsOf(await createCache(0).ask())).toBeUndefined()
})

test('a direct answer passes on the compressed forms of its result', async () => {
  const documents = createDocuments()
  documents.set(query, document)
  const result = await createCache(1024 ** 2).ask()
  const graphql = { getResultForParams: async () => result } as unknown as Graphql // as: all that is used
  const req = { headers: { accept: 'application/json' } } as IncomingMessage // as: all that is used
  const body = Buffer.from(JSON.stringify({ query }))
  const answer = await createDirectAnswers(graphql, documents)(req, body, {} as never) // as: passed on only
  expect(answer?.body).toBe('{"data":{"hello":"world"}}')
  expect(answer?.compressedForms).toBe(compressedFormsOf(result))
})
