import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, onTestFinished } from 'vitest'
import { readBody } from '../../src/server/graphqlBody.ts'
import { limits } from '../../src/server/plugins/limits.ts'
import { it } from './serverIt.ts'
import { post, type ServerWorld } from './serverWorld.ts'

/** Sends a body in chunks, without a Content-Length. Returns the status of the response. */
const postInChunks = async (world: ServerWorld, chunks: Iterable<string>): Promise<number> => {
  const outgoing = request(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await world.token()}` },
  })
  outgoing.on('error', () => {}) // the server may disconnect it while it sends
  const responseEvent = once(outgoing, 'response')
  for (const chunk of chunks) outgoing.write(chunk)
  outgoing.end()
  const [response] = await responseEvent
  response.resume()
  return response.statusCode
}

describe('a request body', () => {
  it('may have no Content-Length', async ({ world }) => {
    expect(await postInChunks(world, ['{ "query": ', '"{ hello }" }'])).toBe(200)
  })

  it('is refused with 413 if it exceeds the limit without a Content-Length', async ({ world }) => {
    const piece = ' '.repeat(limits.bodyBytes / 4)
    expect(await postInChunks(world, [piece, piece, piece, piece, '{ "query": "{ hello }" }'])).toBe(413)
  })

  it.for([
    ['another charset', { 'Content-Type': 'application/json; charset=utf-16' }],
    ['a content encoding', { 'Content-Encoding': 'gzip' }],
    ['no content type', { 'Content-Type': null }],
  ] as const)('is refused with 415 if it has %s', async ([, headers], { world }) => {
    const body = Buffer.from('{ "query": "{ hello }" }').toString()
    expect((await post(world.url, await world.token(), body, headers)).status).toBe(415)
  })

  it.for(['utf-8', 'UTF-8', '"utf-8"'])('may have the charset %s', async (charset, { world }) => {
    const headers = { 'Content-Type': `application/json; charset=${charset}` }
    expect((await post(world.url, await world.token(), { query: '{ hello }' }, headers)).status).toBe(200)
  })
})

describe('a request of a browser that sends its origin only', () => {
  const sendFrom = async (world: ServerWorld, Origin: string) =>
    post(world.url, await world.token(), { query: '{ hello }' }, { Origin })

  it.for(['https://evil.example', 'null'])('is refused with 403 from the origin %s', async (origin, { world }) => {
    expect((await sendFrom(world, origin)).status).toBe(403)
  })

  it('runs from the origin of its own address', async ({ world }) => {
    expect((await sendFrom(world, world.url)).status).toBe(200)
  })

  it('runs from the origin of the public URL', async ({ world }) => {
    expect((await sendFrom(world, 'https://media.example.com')).status).toBe(200)
  })
})

describe('GraphiQL', () => {
  const readPolicy = async (world: ServerWorld) => {
    const page = await fetch(`${world.url}/graphql`, { headers: { Accept: 'text/html' } })
    await page.text()
    return page.headers.get('Content-Security-Policy')
  }

  it('may not load anything from other servers', async ({ world }) => {
    const policy = await readPolicy(world)
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/https?:/)
  })

  it('may not be framed', async ({ world }) => {
    expect(await readPolicy(world)).toContain("frame-ancestors 'none'")
  })
})

describe('reading a body', () => {
  /** Starts a server that reads the body of one request. */
  const startReader = async (timeoutMs: number) => {
    const { promise: result, resolve } = Promise.withResolvers<unknown>()
    const server = createServer((req, res) => {
      readBody(req, { maxBytes: 100, timeoutMs }).then((body) => {
        res.destroy()
        resolve(body)
      })
    }).listen(0, '127.0.0.1')
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // as: a TCP server has no other address
    return { server, port, result }
  }

  it('does not wait for a sender that stops', async () => {
    const { port, result } = await startReader(50)
    const sender = connect(port, '127.0.0.1')
    sender.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf')
    expect(await result).toMatchObject({ status: 408 })
    sender.destroy()
  })

  it('stops a sender that exceeds the limit', async () => {
    const { port, result } = await startReader(60_000)
    const sender = connect(port, '127.0.0.1')
    sender.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n${'x'.repeat(101)}\r\n`)
    await once(sender, 'close')
    expect(await result).toMatchObject({ status: 413 })
  })

  it('returns null if the sender disconnects', async () => {
    const { server, port, result } = await startReader(60_000)
    const request = once(server, 'request')
    const sender = connect(port, '127.0.0.1')
    sender.on('error', () => {})
    sender.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf')
    await request
    sender.resetAndDestroy()
    expect(await result).toBeNull()
  })
})
