import { describe, expect } from 'vitest'
import { startServer } from '../serverIt.ts'
import { holdTouch } from '../smallSchema.ts'
import { it } from './keyedIt.ts'
import { touch, waitFor } from './keyedServers.ts'

describe('a keyed call that was refused because it took too long', () => {
  it('gives its repeats the result of the first run', async ({ servers, ada }) => {
    const server = await startServer({
      idempotency: servers.openIdempotency(),
      deadlines: { queryMs: 60_000, mutationMs: 2000 },
    })
    const { mayEnd } = holdTouch(server.switches)
    expect(await ada.send({ query: touch }, server)).toMatchObject({
      errors: [{ extensions: { code: 'UNAVAILABLE' } }],
    })
    mayEnd.resolve()
    await waitFor(async () => expect(await ada.row()).toMatchObject({ state: 'ANSWERED' }))
    expect(await ada.send({ query: touch }, server)).toMatchObject({ data: { touch: 1 } })
  })

  it('runs only once, however early it is repeated', async ({ servers, ada, world }) => {
    const server = await startServer({
      idempotency: servers.openIdempotency(),
      deadlines: { queryMs: 60_000, mutationMs: 2000 },
    })
    const { mayEnd } = holdTouch(server.switches)
    await ada.send({ query: touch }, server)
    const repeat = ada.send({ query: touch }, world)
    await waitFor(async () => expect(await ada.row()).toMatchObject({ state: 'RUNNING' }))
    mayEnd.resolve()
    expect(await repeat).toMatchObject({ data: { touch: 1 } })
    expect(server.switches.touchCount).toBe(1)
  })
})
