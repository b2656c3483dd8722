import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  post,
  readEvents,
  readResult,
  type ServerWorld,
  type ServerWorldOptions,
  startServerWorld,
} from './serverWorld.ts'
import { holdTouch, waitForSources } from './smallSchema.ts'

let world: ServerWorld

const start = async (options?: ServerWorldOptions): Promise<ServerWorld> => {
  world = await startServerWorld(options)
  return world
}
afterEach(() => world.close())

const follow = async (query: string): Promise<Response> =>
  post(world.url, await world.token(), { query }, { Accept: 'text/event-stream' })

const openSocket = async (): Promise<WebSocket> => {
  const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws')
  await once(socket, 'open')
  const payload = { authorization: `Bearer ${await world.token()}` }
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  await once(socket, 'message')
  return socket
}

describe('health', () => {
  test('liveness asks for nothing, readiness asks what requests need', async () => {
    await start()
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200)
    world.setReady(false)
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
    const unready = await fetch(`${world.url}/readyz`)
    expect(unready.status).toBe(503)
    expect(unready.headers.get('Cache-Control')).toBe('no-store')
  })
})

describe('every answer', () => {
  test('has a request id and is what it says it is', async () => {
    await start()
    for (const path of ['/livez', '/readyz', '/nowhere', '/graphql', '/uploads/1', '/files/1']) {
      const { headers } = await fetch(`${world.url}${path}`)
      expect(headers.get('X-Request-Id'), path).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers.get('X-Content-Type-Options'), path).toBe('nosniff')
    }
  })
})

describe('a raw handler', () => {
  test('gets the body as it is, of any type, method and size', async () => {
    await start()
    const body = Buffer.alloc(3 * 1024 * 1024)
    for (const [method, type] of [
      ['PATCH', 'application/offset+octet-stream'],
      ['POST', 'application/json'],
      ['PUT', 'text/plain'],
    ] as const) {
      const response = await fetch(`${world.url}/uploads/1`, { method, headers: { 'Content-Type': type }, body })
      expect(await response.json()).toEqual({
        sizeBytes: body.length,
        requestId: response.headers.get('X-Request-Id'),
      })
    }
  })

  test('that fails is answered with one sentence and logged', async () => {
    await start()
    const response = await fetch(`${world.url}/files/crash`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('hunter2')
    expect(world.logged).toMatchObject([{ fields: { requestId: response.headers.get('X-Request-Id') } }])
  })
})

describe('the close', () => {
  test('lets requests under way finish, also on a connection that is kept', async () => {
    await start({ closeMs: 3_600_000 })
    const agent = new Agent({ keepAlive: true })
    const body = JSON.stringify({ query: '{ slow }' })
    const outgoing = request(`${world.url}/graphql`, {
      agent,
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': body.length,
        Authorization: `Bearer ${await world.token()}`,
      },
    })
    outgoing.end(body)
    await world.switches.slowStarted.promise
    const closed = world.http.close()
    world.switches.slowMayEnd.resolve()
    const [response] = await once(outgoing, 'response')
    let text = ''
    for await (const chunk of response) text += chunk
    expect(JSON.parse(text)).toEqual({ data: { slow: 'done' } })
    // The connection would be kept for minutes; the close does not wait for it.
    await closed
    agent.destroy()
  })

  test('turns readiness false before anything else', async () => {
    await start({ closeMs: 3_600_000 })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = async (path: string): Promise<number> => {
      const outgoing = request(`${world.url}${path}`, { agent }).end()
      const [response] = await once(outgoing, 'response')
      response.resume()
      return response.statusCode
    }
    expect(await ask('/readyz')).toBe(200)
    const slow = readResult(post(world.url, await world.token(), { query: '{ slow }' }))
    await world.switches.slowStarted.promise
    const closed = world.http.close()
    const after = await ask('/readyz').catch(() => 503) // a closed door is as clear an answer
    expect(after).toBe(503)
    world.switches.slowMayEnd.resolve()
    await slow
    await closed
    agent.destroy()
  })

  test('closes sockets with 1001 and ends event streams, without waiting for the deadline', async () => {
    await start({ closeMs: 3_600_000 })
    const socket = await openSocket()
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { forever }' } }))
    const stream = await follow('subscription { forever }')
    await waitForSources(world.switches, 2)
    const socketClosed = once(socket, 'close')
    const streamEnded = (async () => {
      for await (const event of readEvents(stream)) expect(event).toEqual({ data: { forever: 1 } })
    })().catch(() => {})
    await world.http.close()
    const [code] = await socketClosed
    expect(code).toBe(1001)
    await streamEnded
    await waitForSources(world.switches, 0)
  })

  test('lets a mutation over a socket be answered first', async () => {
    await start({ closeMs: 3_600_000 })
    const { started, mayEnd } = holdTouch(world.switches)
    const socket = await openSocket()
    const messages: string[] = []
    socket.on('message', (data) => messages.push(String(data)))
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'mutation { touch }' } }))
    await started
    const socketClosed = once(socket, 'close')
    const closed = world.http.close()
    mayEnd.resolve()
    expect((await socketClosed)[0]).toBe(1001)
    expect(messages.map((text) => JSON.parse(text))).toMatchObject([
      { id: '1', type: 'next', payload: { data: { touch: 1 } } },
      { id: '1', type: 'complete' },
    ])
    await closed
  })

  test('cuts what does not end by the deadline', async () => {
    await start({ closeMs: 100 })
    const slow = post(world.url, await world.token(), { query: '{ slow }' })
    const rejection = expect(slow).rejects.toThrow()
    await world.switches.slowStarted.promise
    await world.http.close()
    await rejection
    world.switches.slowMayEnd.resolve()
  })

  test('does not wait for a client that does not answer the close', async () => {
    await start({ closeMs: 3_600_000 })
    const socket = await openSocket()
    socket.pause()
    await world.http.close()
    socket.terminate()
  })

  test('may be asked for twice', async () => {
    await start()
    const first = world.http.close()
    expect(world.http.close()).toBe(first)
    await first
  })
})
