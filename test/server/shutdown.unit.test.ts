import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startServer } from './serverIt.ts'
import { overSocket, post, readResult } from './serverWorld.ts'
import { holdTouch } from './smallSchema.ts'

/** Starts the shutdown of a server while a request runs. */
const shutDownDuringRequest = async () => {
  const world = await startServer({ closeMs: 60_000 })
  const result = readResult(post(world.url, await world.token(), { query: '{ slow }' }))
  await world.switches.slowStarted.promise
  const closing = world.http.close()
  const finish = async () => {
    world.switches.slowMayEnd.resolve()
    expect(await result).toEqual({ data: { slow: 'done' } })
    await closing
  }
  return { world, finish }
}

describe('a server that shuts down', () => {
  it('is not ready while requests finish', async () => {
    const { world, finish } = await shutDownDuringRequest()
    expect((await fetch(`${world.url}/readyz`)).status).toBe(503)
    await finish()
  })

  it('reports liveness while requests finish', async () => {
    const { world, finish } = await shutDownDuringRequest()
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
    await finish()
  })

  it('refuses new sockets while requests finish', async () => {
    const { world, finish } = await shutDownDuringRequest()
    const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws')
    socket.on('error', () => {}) // expected
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(503)
    socket.terminate()
    await finish()
  })

  it('stops listening once requests have finished', async () => {
    const { world, finish } = await shutDownDuringRequest()
    await finish()
    await expect(fetch(`${world.url}/livez`)).rejects.toThrow()
  })
})

/** Starts the shutdown of a server while a mutation runs over a socket. */
const shutDownDuringMutation = async () => {
  const world = await startServer({ closeMs: 60_000 })
  const { started, mayEnd } = holdTouch(world.switches)
  const client = world.connect(await world.token())
  const mutate = () => overSocket(client, { query: 'mutation { touch }' })
  const results = mutate()
  await started
  const closing = world.http.close()
  const finish = async () => {
    mayEnd.resolve()
    await results
    await closing
  }
  return { world, mutate, results, finish }
}

describe('a socket of a server that shuts down', () => {
  it('answers the running mutation', async () => {
    const { results, finish } = await shutDownDuringMutation()
    await finish()
    expect(await results).toEqual([{ data: { touch: 1 } }])
  })

  it('runs no further mutation', async () => {
    const { world, mutate, finish } = await shutDownDuringMutation()
    expect(await mutate()).toMatchObject([{ errors: [{ message: expect.stringContaining('The socket is closing.') }] }])
    await finish()
    expect(world.switches.touchCount).toBe(1)
  })
})
