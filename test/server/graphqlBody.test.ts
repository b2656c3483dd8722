import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBody } from '../../src/server/graphqlBody.ts'
import { limits } from '../../src/server/plugins/limits.ts'
import { post, type ServerWorld, startServerWorld } from './serverWorld.ts'

let world: ServerWorld

beforeAll(async () => {
  world = await startServerWorld()
})
afterAll(() => world.close())

/** Sends without a length, in chunks. */
const postInChunks = async (chunks: Iterable<string>): Promise<number> => {
  const outgoing = request(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await world.token()}` },
  })
  outgoing.on('error', () => {}) // cut off while it sends
  const responseEvent = once(outgoing, 'response')
  for (const chunk of chunks) outgoing.write(chunk)
  outgoing.end()
  const [response] = await responseEvent
  response.resume()
  return response.statusCode
}

test('a body without a length is taken', async () => {
  expect(await postInChunks(['{ "query": ', '"{ hello }" }'])).toBe(200)
})

test('a body without a length is counted, and refused when it is too large', async () => {
  const piece = ' '.repeat(limits.bodyBytes / 4)
  expect(await postInChunks([piece, piece, piece, piece, '{ "query": "{ hello }" }'])).toBe(413)
})

test.each([
  ['another charset', { 'Content-Type': 'application/json; charset=utf-16' }],
  ['a compressed body', { 'Content-Encoding': 'gzip' }],
  ['no type', { 'Content-Type': null }],
])('%s is refused with 415', async (_name, headers) => {
  const body = Buffer.from('{ "query": "{ hello }" }').toString()
  expect((await post(world.url, await world.token(), body, headers)).status).toBe(415)
})

test('a charset may be written in several ways', async () => {
  for (const charset of ['utf-8', 'UTF-8', '"utf-8"']) {
    const headers = { 'Content-Type': `application/json; charset=${charset}` }
    expect((await post(world.url, await world.token(), { query: '{ hello }' }, headers)).status, charset).toBe(200)
  }
})

test('a page of another site is refused also by a browser that says only its origin', async () => {
  for (const Origin of ['https://evil.example', 'null'])
    expect((await post(world.url, await world.token(), { query: '{ hello }' }, { Origin })).status, Origin).toBe(403)
  for (const Origin of [world.url, 'https://media.example.com'])
    expect((await post(world.url, await world.token(), { query: '{ hello }' }, { Origin })).status, Origin).toBe(200)
})

test('GraphiQL may load nothing from elsewhere, and be framed by nobody', async () => {
  const page = await fetch(`${world.url}/graphql`, { headers: { Accept: 'text/html' } })
  const policy = page.headers.get('Content-Security-Policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/https?:/)
  await page.text()
})

test('a sender that does not go on is not waited for, one that sends too much is stopped, and one that is gone is not answered', async () => {
  const results: unknown[] = []
  const read = Promise.withResolvers<void>()
  const server: Server = createServer((req, res) => {
    readBody(req, { maxBytes: 100, timeoutMs: 50 }).then((result) => {
      results.push(result)
      res.destroy()
      read.resolve()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const slow = connect(port, '127.0.0.1')
  slow.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf')
  await read.promise
  expect(results).toMatchObject([{ status: 408 }])
  const large = connect(port, '127.0.0.1')
  large.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n${'x'.repeat(101)}\r\n`)
  await once(large, 'close')
  expect(results.splice(1)).toMatchObject([{ status: 413 }])
  const resetSocket = connect(port, '127.0.0.1')
  resetSocket.on('error', () => {})
  resetSocket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf', () => resetSocket.resetAndDestroy())
  await once(resetSocket, 'close')
  slow.destroy()
  await new Promise((resolve) => server.close(resolve))
  expect(results.slice(1).every((result) => result === null)).toBe(true)
})
