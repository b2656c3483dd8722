import SchemaBuilder from '@pothos/core'
import { type ExecutionResult, execute, parse } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { it as base, describe, expect } from 'vitest'
import { useAnswerCache } from '../../../src/server/plugins/answerCache.ts'

let answerCount = 0
const count = () => ++answerCount

const builder = new SchemaBuilder<{ DefaultFieldNullability: false }>({
  defaultFieldNullability: false,
} as never) // as: the types require options of the real schema's plugins
const Filter = builder.inputType('Filter', {
  fields: (t) => ({ unusedForDays: t.int({ extensions: { dependsOnTime: true } }), title: t.string() }),
})
builder.queryType({
  fields: (t) => ({
    count: t.int({ args: { filter: t.arg({ type: Filter }) }, resolve: count }),
    now: t.int({ extensions: { dependsOnTime: true }, resolve: count }),
    bug: t.int({
      nullable: true,
      resolve: () => {
        throw new Error(`bug ${count()}`)
      },
    }),
  }),
})
builder.mutationType({ fields: (t) => ({ count: t.int({ resolve: count }) }) })
const schema = builder.toSchema()

interface Call {
  userId?: string
  role?: string
  variables?: Record<string, unknown>
  operationName?: string
}

/** Cache, with the state of a database and the period of URLs that a test can change. */
const it = base.extend('cache', () => {
  const state = { maxBytes: 1024 ** 2, database: 'a', period: 1, failure: null as Error | null, readCount: 0 }
  const open = () =>
    useAnswerCache({
      schema,
      maxBytes: state.maxBytes,
      readState: async () => {
        state.readCount += 1
        if (state.failure) throw state.failure
        return state.database
      },
      urlPeriod: () => state.period,
      actorOf: (context) => context as never, // as: the caller of the test
    })
  let plugin: Plugin | null = null
  const ask = async (query: string, { userId = 'ada', role = 'VIEWER', variables, operationName }: Call = {}) => {
    plugin ??= open()
    let run: (args: object) => unknown = (args) => execute(args as never) // as: the arguments below
    const args = {
      schema,
      document: parse(query),
      variableValues: variables,
      operationName,
      contextValue: { userId, role },
    }
    const hook = plugin.onExecute as unknown as (payload: object) => void // as: all that it uses
    hook?.({ executeFn: run, setExecuteFn: (set: typeof run) => (run = set) })
    const result = (await run(args)) as ExecutionResult & { stringify?(): string } // as: what executes a query
    const text = result.stringify?.() ?? JSON.stringify(result)
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(result)))
    return text
  }
  return Object.assign(state, { ask })
})

describe('the cache of answers', () => {
  it('repeats an answer while nothing is committed', async ({ cache }) => {
    expect(await cache.ask('{ count }')).toBe(await cache.ask('{ count }'))
  })

  it('computes an answer again after a commit', async ({ cache }) => {
    const first = await cache.ask('{ count }')
    cache.database = 'b'
    expect(await cache.ask('{ count }')).not.toBe(first)
  })

  it.for<[string, string, Call]>([
    ['another caller', '{ count }', { userId: 'bob' }],
    ['another role', '{ count }', { role: 'EDITOR' }],
    ['another document', '{ count count }', {}],
    ['other variables', 'query ($title: String) { count(filter: { title: $title }) }', { variables: { title: 'b' } }],
    ['another operation', 'query A { count } query B { count }', { operationName: 'B' }],
  ])('computes an answer for %s', async ([, query, call], { cache }) => {
    const operationName = call.operationName === undefined ? undefined : 'A'
    const first = await cache.ask(call.userId || call.role ? query : query.replace('count count', 'count'), {
      operationName,
    })
    expect(await cache.ask(query, call)).not.toBe(first)
  })

  it('computes an answer again in the next period of URLs', async ({ cache }) => {
    const first = await cache.ask('{ count }')
    cache.period = 2
    expect(await cache.ask('{ count }')).not.toBe(first)
  })

  it.for<[string, string, Record<string, unknown>?]>([
    ['a field that depends on the time', '{ now }'],
    ['such a field in a fragment', '{ ...Fields } fragment Fields on Query { now }'],
    ['an input field that depends on the time', '{ count(filter: { unusedForDays: 1 }) }'],
    [
      'such an input field in a variable',
      'query ($filter: Filter) { count(filter: $filter) }',
      { filter: { unusedForDays: 1 } },
    ],
    ['a mutation', 'mutation { count }'],
    ['an error', '{ bug count }'],
  ])('does not keep the answer to %s', async ([, query, variables], { cache }) => {
    const first = await cache.ask(query, { variables })
    expect(await cache.ask(query, { variables })).not.toBe(first)
  })

  it('keeps the answer to an operation beside one that depends on the time', async ({ cache }) => {
    const query = 'query A { count } query B { now }'
    expect(await cache.ask(query, { operationName: 'A' })).toBe(await cache.ask(query, { operationName: 'A' }))
  })

  it('computes answers while the state of the database cannot be read', async ({ cache }) => {
    const first = await cache.ask('{ count }')
    cache.failure = new Error('down')
    expect(await cache.ask('{ count }')).not.toBe(first)
  })

  it('forgets old answers when its memory is full', async ({ cache }) => {
    cache.maxBytes = 2000
    const first = await cache.ask('{ count }')
    for (let index = 0; index < 20; index++) await cache.ask(`query Q${index} { count }`)
    expect(await cache.ask('{ count }')).not.toBe(first)
  })

  it('keeps nothing if it has no memory', async ({ cache }) => {
    cache.maxBytes = 0
    expect(await cache.ask('{ count }')).not.toBe(await cache.ask('{ count }'))
  })

  it('looks seldom for answers while most are out of date', async ({ cache }) => {
    for (let index = 0; index < 1000; index++) {
      if (index % 20 !== 0) cache.database = `${index}`
      await cache.ask('{ count }')
    }
    expect(cache.readCount).toBeLessThan(200)
  })

  it('finds answers again when steady writes have ended', async ({ cache }) => {
    for (let index = 0; index < 200; index++) {
      cache.database = `${index}`
      await cache.ask('{ count }')
    }
    const answers = new Set<string>()
    for (let index = 0; index < 100; index++) answers.add(await cache.ask('{ count }'))
    expect(answers.size).toBeLessThanOrEqual(65)
  })
})
