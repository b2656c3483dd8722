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

it('executes an event once for the same caller, document and variables, and anew for any other', async () => {
  const execute = createSharedExecution()
  let executions = 0
  const createEvent = () => ({ seen: () => ++executions })
  const [first, second] = [createEvent(), createEvent()]
  const ask = async (rootValue: object, who: UserActor, more: Partial<ExecutionArgs> = {}) =>
    (await execute({ schema, document, rootValue, ...more }, who)).data?.seen
  expect(await Promise.all([ask(first, actor('ada')), ask(first, actor('ada'))])).toEqual([1, 1])
  expect(await ask(first, actor('bob'))).toBe(2)
  expect(await ask(first, actor('ada', 'VIEWER'))).toBe(3)
  expect(await ask(first, actor('ada'), { variableValues: { by: 'x' } })).toBe(4)
  expect(await ask(first, actor('ada'), { document: parse('{ seen }') })).toBe(5)
  expect(await ask(second, actor('ada'))).toBe(6)
  expect(await ask(first, actor('ada'))).toBe(1)
})
