import { buildSchema, type ExecutionArgs, type GraphQLSchema, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createSharedExecution } from '../../../src/server/plugins/sharedExecution.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'

const declareDependence = (schema: GraphQLSchema): GraphQLSchema => {
  const { own } = schema.getQueryType()?.getFields() ?? {}
  if (own !== undefined) own.extensions = { dependsOnCaller: true }
  return schema
}

const sdl = 'type Query { seen(by: String): Int own: Int sly: String role: String }'
const schema = declareDependence(buildSchema(sdl))
const document = parse('query ($by: String) { seen(by: $by) }')
const actor = (userId: string, role: UserActor['role'] = 'EDITOR'): UserActor => ({
  type: 'user',
  userId,
  role,
  requestId: null,
})
const [ada, bob] = [actor('ada'), actor('bob')]

/** Events that answer with the number of executions so far. */
const openExecutions = () => {
  const time = { period: 1 }
  const openExecution = createSharedExecution({ schema, urlPeriod: () => time.period, timeoutMs: 60_000 })
  let executionCount = 0
  const count = () => ++executionCount
  const createEvent = () => ({
    seen: count,
    own: count,
    sly: (_args: object, context: { actor: UserActor }) => `${context.actor.userId} ${count()}`,
    role: (_args: object, context: { actor: UserActor }) => `${context.actor.role} ${count()}`,
  })
  const subscribe = (caller: UserActor, more: Partial<ExecutionArgs> = {}) => {
    const args = { schema, document, ...more }
    return openExecution({ args, actor: caller, createContext: (current) => ({ actor: current }) })
  }
  const ask = async (event: object, caller: UserActor, more: Partial<ExecutionArgs> = {}) =>
    Object.values((await subscribe(caller, more)(event)).data ?? {})[0]
  return { createEvent, subscribe, ask, time }
}

describe('an event', () => {
  it('is executed once for callers with the same role, document and variables', async () => {
    const { createEvent, ask } = openExecutions()
    const event = createEvent()
    expect(await Promise.all([ask(event, ada), ask(event, bob)])).toEqual([1, 1])
    expect(await ask(event, ada)).toBe(1)
  })

  it('is executed separately for another role, document, operation or variables', async () => {
    const { createEvent, ask } = openExecutions()
    const event = createEvent()
    expect(await ask(event, ada)).toBe(1)
    expect(await ask(event, actor('ada', 'VIEWER'))).toBe(2)
    expect(await ask(event, ada, { variableValues: { by: 'x' } })).toBe(3)
    expect(await ask(event, ada, { document: parse('{ seen }') })).toBe(4)
    const twoOperations = parse('query A { seen } query B { seen }')
    expect(await ask(event, ada, { document: twoOperations, operationName: 'A' })).toBe(5)
    expect(await ask(event, ada, { document: twoOperations, operationName: 'B' })).toBe(6)
    expect(await ask(event, bob)).toBe(1)
  })

  it('is executed separately from other events', async () => {
    const { createEvent, ask } = openExecutions()
    const [first, second] = [createEvent(), createEvent()]
    expect(await ask(first, ada)).toBe(1)
    expect(await ask(second, ada)).toBe(2)
    expect(await ask(first, bob)).toBe(1)
  })

  it('is executed once per caller if a field is declared to depend on the caller', async () => {
    const { createEvent, ask } = openExecutions()
    const event = createEvent()
    const own = { document: parse('{ own }') }
    expect(await Promise.all([ask(event, ada, own), ask(event, ada, own), ask(event, bob, own)])).toEqual([1, 1, 2])
  })

  it('is executed once per caller if a field reads the caller without a declaration', async () => {
    const { createEvent, subscribe } = openExecutions()
    const sly = { document: parse('{ sly }') }
    const subscriptions = [subscribe(ada, sly), subscribe(bob, sly), subscribe(ada, sly)]
    const ask = async (event: object) =>
      (await Promise.all(subscriptions.map((executeEvent) => executeEvent(event)))).map(({ data }) => data?.['sly'])
    await ask(createEvent())
    // From the second event on, no execution is wasted.
    expect(await ask(createEvent())).toEqual(['ada 4', 'bob 5', 'ada 4'])
  })

  it('is never shared with another caller by the execution that finds out', async () => {
    const { createEvent, ask } = openExecutions()
    const event = createEvent()
    const sly = { document: parse('{ sly }') }
    const answers = await Promise.all([ada, bob, actor('cy')].map((caller) => ask(event, caller, sly)))
    expect(answers.map((answer) => String(answer).split(' ')[0])).toEqual(['ada', 'bob', 'cy'])
  })

  it('is executed once for a field that reads the role', async () => {
    const { createEvent, ask } = openExecutions()
    const event = createEvent()
    const role = { document: parse('{ role }') }
    const callers = [ada, bob, actor('vera', 'VIEWER')]
    const answers = await Promise.all(callers.map((caller) => ask(event, caller, role)))
    expect(answers).toEqual(['EDITOR 1', 'EDITOR 1', 'VIEWER 2'])
  })

  it('is executed again once the texts of signed URLs have changed', async () => {
    const { createEvent, ask, time } = openExecutions()
    const event = createEvent()
    expect(await ask(event, ada)).toBe(1)
    time.period = 2
    expect(await ask(event, bob)).toBe(2)
    expect(await ask(event, ada)).toBe(2)
  })

  it('has its JSON written once for all who share it', async () => {
    const { subscribe } = openExecutions()
    let writeCount = 0
    const event = { seen: () => 1 }
    const [first, second] = await Promise.all([subscribe(ada)(event), subscribe(bob)(event)])
    Object.defineProperty(first?.data, 'toJSON', { value: () => ({ seen: ++writeCount }) })
    const textOf = (result: object | undefined) => (result as { stringify(): string }).stringify() // as: of a shared result
    expect([textOf(first), textOf(second)]).toEqual(Array(2).fill('{"data":{"seen":1}}'))
  })

  it('reaches everyone who shares it as an error if it fails', async () => {
    const { ask, subscribe } = openExecutions()
    let executionCount = 0
    const event = {
      seen: () => {
        executionCount += 1
        throw new Error('broken')
      },
    }
    const results = await Promise.all([ada, bob].map((caller) => subscribe(caller)(event)))
    expect(results.map(({ errors }) => errors?.map(({ message }) => message))).toEqual([['broken'], ['broken']])
    await ask(event, ada)
    expect(executionCount).toBe(1)
  })
})
