import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { startServer } from './serverIt.ts'

/** Sends text, and more of it every 20 ms, until the server closes the connection. Returns what the server answered. */
const sendSlowly = async (port: number, text: string): Promise<string> => {
  const connection = connect(port, '127.0.0.1')
  connection.on('error', () => {}) // the server may close while the client still sends
  let answer = ''
  connection.on('data', (data) => {
    answer += data
  })
  connection.write(text)
  const timer = setInterval(() => connection.write('x'), 20)
  await new Promise((resolve) => connection.once('close', resolve))
  clearInterval(timer)
  return answer
}

it('a connection whose headers never end is closed with 408', async () => {
  const world = await startServer({ headersMs: 200 })
  expect(await sendSlowly(world.port, 'GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toContain(' 408 ')
})

it('a connection that sends nothing is closed', async () => {
  const world = await startServer({ headersMs: 200 })
  const connection = connect(world.port, '127.0.0.1')
  connection.resume()
  await once(connection, 'close')
})

it('a body of an operation that never ends is answered with 408', async () => {
  const world = await startServer({ bodyMs: 200 })
  const headers = [
    'POST /graphql HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${await world.token()}`,
    'Content-Type: application/json',
    'Content-Length: 100000',
  ]
  expect(await sendSlowly(world.port, `${headers.join('\r\n')}\r\n\r\n{"query": "`)).toContain(' 408 ')
})
