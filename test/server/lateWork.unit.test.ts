import { describe, expect } from 'vitest'
import { limits } from '../../src/server/plugins/limits.ts'
import { it as base } from './serverIt.ts'
import { overSocket, post, readResult } from './serverWorld.ts'
import { deferred, holdTouch } from './smallSchema.ts'

/** A server whose callers wait for an instant only. */
const it = base
  .extend('serverOptions', { scope: 'file' }, () => ({ deadlines: { queryMs: 50, mutationMs: 100 } }))
  .extend('token', ({ world }) => world.token())

const unavailable = { errors: [{ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 5 } }] }

it('a failure that arrives after its caller was refused is logged', async ({ world, token }) => {
  const { mayEnd } = holdTouch(world.switches)
  expect(await readResult(post(world.url, token, { query: 'mutation { touch }' }))).toMatchObject(unavailable)
  mayEnd.reject(new Error('a late bug'))
  await world.waitForLog(/^Failed to run an operation/)
  const line = world.logLines.find(({ message }) => message.startsWith('Failed to run an operation'))
  expect(line?.fields['err']).toMatchObject({ message: 'a late bug' })
})

it('an answer that comes too late is logged with its operation', async ({ world, token }) => {
  const { mayEnd } = holdTouch(world.switches)
  await readResult(post(world.url, token, { query: 'mutation Named { touch }' }))
  expect(world.logLines.map(({ fields, message }) => [message, fields['operation']])).toContainEqual([
    'Answered a call too late.',
    'mutation touch',
  ])
  mayEnd.resolve()
})

describe('an operation that waits for others of its socket', () => {
  it.for(['mutation { touch }', '{ slow }', 'subscription { forever }'])(
    'is refused without being run when its time is over: %s',
    async (query, { world, token }) => {
      world.switches.slowMayEnd = deferred()
      const [touchesBefore, sourcesBefore] = [world.switches.touchCount, world.switches.totalSources]
      const client = world.connect(token)
      const holders = Array.from({ length: limits.executionsPerSocket }, () =>
        overSocket(client, { query: '{ patient }' }),
      )
      const result = await overSocket(client, { query })
      expect(result).toMatchObject([unavailable])
      world.switches.slowMayEnd.resolve()
      await Promise.all(holders)
      await overSocket(client, { query: '{ hello }' })
      expect([world.switches.touchCount, world.switches.totalSources]).toEqual([touchesBefore, sourcesBefore])
    },
  )
})
