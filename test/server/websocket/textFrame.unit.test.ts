import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createTextFrame } from '../../../src/server/textFrame.ts'

/** Opens a socket; returns the client, and a function that writes to it past the library. */
const openConnection = async () => {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const server = new WebSocketServer({ server: http })
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`) // as: a TCP server has no other address
  const [[, request]] = await Promise.all([once(server, 'connection'), once(client, 'open')])
  onTestFinished(() => {
    client.terminate()
    http.close()
  })
  return { client, write: (frame: Buffer) => request.socket.write(frame) }
}

it.for([0, 1, 125, 126, 65_535, 65_536, 200_000])('a text frame of %i bytes is read as one message', async (length) => {
  const { client, write } = await openConnection()
  const text = 'x'.repeat(length)
  const message = once(client, 'message')
  write(createTextFrame([text]))
  const [data, isBinary] = await message
  expect([String(data) === text, isBinary]).toEqual([true, false])
})

it('a text frame consists of its parts in order', async () => {
  const { client, write } = await openConnection()
  const message = once(client, 'message')
  write(createTextFrame(['ü', Buffer.from('ö'), 'z']))
  expect(String((await message)[0])).toBe('üöz')
})
