import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startServer } from './serverIt.ts'
import { post, readEvents, readResult, type ServerWorld } from './serverWorld.ts'
import { holdTouch, waitForSources } from './smallSchema.ts'

const openStream = async (world: ServerWorld, query: string): Promise<Response> =>
  post(world.url, await world.token(), { query }, { Accept: 'text/event-stream' })

const openSocket = async (world: ServerWorld): Promise<WebSocket> => {
  const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws')
  await once(socket, 'open')
  const payload = { authorization: `Bearer ${await world.token()}` }
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  await once(socket, 'message')
  return socket
}

describe('the health check', () => {
  it('reports liveness whether or not the server is ready', async () => {
    const world = await startServer()
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
    world.setReady(false)
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
  })

  it('reports readiness only while the dependencies of requests are available', async () => {
    const world = await startServer()
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200)
    world.setReady(false)
    const response = await fetch(`${world.url}/readyz`)
    expect(response.status).toBe(503)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })
})

describe('every response', () => {
  const paths = ['/livez', '/readyz', '/nowhere', '/graphql', '/uploads/1', '/files/1']

  it.each(paths)('of %s has a request id', async (path) => {
    const world = await startServer()
    expect((await fetch(`${world.url}${path}`)).headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it.each(paths)('of %s forbids content sniffing', async (path) => {
    const world = await startServer()
    expect((await fetch(`${world.url}${path}`)).headers.get('X-Content-Type-Options')).toBe('nosniff')
  })
})

describe('a raw handler', () => {
  it('gets the unparsed body of any type, method and size', async () => {
    const world = await startServer()
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

  it('is answered with a masked error when it fails', async () => {
    const world = await startServer()
    const response = await fetch(`${world.url}/files/crash`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('hunter2')
  })

  it('is logged with the request id when it fails', async () => {
    const world = await startServer()
    const response = await fetch(`${world.url}/files/crash`)
    expect(world.logLines).toMatchObject([{ fields: { requestId: response.headers.get('X-Request-Id') } }])
  })
})

describe('the shutdown', () => {
  it('finishes running requests on a keep-alive connection', async () => {
    const world = await startServer({ closeMs: 3_600_000 })
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
    const closing = world.http.close()
    world.switches.slowMayEnd.resolve()
    const [response] = await once(outgoing, 'response')
    let text = ''
    for await (const chunk of response) text += chunk
    expect(JSON.parse(text)).toEqual({ data: { slow: 'done' } })
    // The connection would stay open for minutes; the shutdown does not wait for that.
    await closing
    agent.destroy()
  })

  it('turns readiness false first', async () => {
    const world = await startServer({ closeMs: 3_600_000 })
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
    const closing = world.http.close()
    const status = await ask('/readyz').catch(() => 503) // a refused connection means the same
    expect(status).toBe(503)
    world.switches.slowMayEnd.resolve()
    await slow
    await closing
    agent.destroy()
  })

  it('closes sockets with 1001 without waiting for the deadline', async () => {
    const world = await startServer({ closeMs: 3_600_000 })
    const socket = await openSocket(world)
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { forever }' } }))
    await waitForSources(world.switches, 1)
    const closeEvent = once(socket, 'close')
    await world.http.close()
    const [code] = await closeEvent
    expect(code).toBe(1001)
    await waitForSources(world.switches, 0)
  })

  it('ends event streams without waiting for the deadline', async () => {
    const world = await startServer({ closeMs: 3_600_000 })
    const stream = await openStream(world, 'subscription { forever }')
    await waitForSources(world.switches, 1)
    const reading = (async () => {
      for await (const event of readEvents(stream)) expect(event).toEqual({ data: { forever: 1 } })
    })().catch(() => {})
    await world.http.close()
    await reading
    await waitForSources(world.switches, 0)
  })

  it('answers a running mutation before it closes the socket', async () => {
    const world = await startServer({ closeMs: 3_600_000 })
    const { started, mayEnd } = holdTouch(world.switches)
    const socket = await openSocket(world)
    const messages: string[] = []
    socket.on('message', (data) => messages.push(String(data)))
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'mutation { touch }' } }))
    await started
    const closeEvent = once(socket, 'close')
    const closing = world.http.close()
    mayEnd.resolve()
    expect((await closeEvent)[0]).toBe(1001)
    expect(messages.map((text) => JSON.parse(text))).toMatchObject([
      { id: '1', type: 'next', payload: { data: { touch: 1 } } },
      { id: '1', type: 'complete' },
    ])
    await closing
  })

  it('aborts requests that have not ended by the deadline', async () => {
    const world = await startServer({ closeMs: 100 })
    const slow = post(world.url, await world.token(), { query: '{ slow }' })
    const rejection = expect(slow).rejects.toThrow()
    await world.switches.slowStarted.promise
    await world.http.close()
    await rejection
    world.switches.slowMayEnd.resolve()
  })

  it('does not wait for a client that does not answer the close frame', async () => {
    const world = await startServer({ closeMs: 3_600_000 })
    const socket = await openSocket(world)
    socket.pause()
    await world.http.close()
    socket.terminate()
  })

  it('runs once when it is requested twice', async () => {
    const world = await startServer()
    const first = world.http.close()
    expect(world.http.close()).toBe(first)
    await first
  })
})
