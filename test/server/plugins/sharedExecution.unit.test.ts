import { buildSchema, type ExecutionArgs, parse } from 'graphql'
import { expect, it } from 'vitest'
import { createSharedExecution } from '../../../src/server/plugins/sharedExecution.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'

const schema = buildSchema('type Query { seen(by: String): Int }')
const document = parse('query ($by: String) { seen(by: $by) }')
const actor = (userId: string, role: UserActor['role'] = 'EDITOR'): UserActor => ({
  type: 'user',
  userId,
  role,
  requestId: null,
})

/** Events that answer with the number of executions so far. */
const openExecutions = () => {
  const execute = createSharedExecution()
  let executionCount = 0
  const createEvent = () => ({ seen: () => ++executionCount })
  const ask = async (rootValue: object, caller: UserActor, more: Partial<ExecutionArgs> = {}) =>
    (await execute({ schema, document, rootValue, ...more }, caller)).data?.seen
  return { createEvent, ask }
}

it('executes an event once for the same caller, document and variables', async () => {
  const { createEvent, ask } = openExecutions()
  const event = createEvent()
  expect(await Promise.all([ask(event, actor('ada')), ask(event, actor('ada'))])).toEqual([1, 1])
  expect(await ask(event, actor('ada'))).toBe(1)
})

it('executes an event separately for another caller, role, document or variables', async () => {
  const { createEvent, ask } = openExecutions()
  const event = createEvent()
  expect(await ask(event, actor('ada'))).toBe(1)
  expect(await ask(event, actor('bob'))).toBe(2)
  expect(await ask(event, actor('ada', 'VIEWER'))).toBe(3)
  expect(await ask(event, actor('ada'), { variableValues: { by: 'x' } })).toBe(4)
  expect(await ask(event, actor('ada'), { document: parse('{ seen }') })).toBe(5)
  expect(await ask(event, actor('ada'))).toBe(1)
})

it('executes each event separately', async () => {
  const { createEvent, ask } = openExecutions()
  const [first, second] = [createEvent(), createEvent()]
  expect(await ask(first, actor('ada'))).toBe(1)
  expect(await ask(second, actor('ada'))).toBe(2)
  expect(await ask(first, actor('ada'))).toBe(1)
})
