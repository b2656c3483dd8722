import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createTokenKeys } from '../../src/adapters/tokenKeys.ts'
import type { PubSub } from '../../src/services/kernel/ports.ts'

const [first, second] = [
  { kty: 'RSA', kid: 'first', n: 'AQAB', e: 'AQAB' },
  { e: 'AQAB', kty: 'RSA', n: 'AQAB', kid: 'second' },
]

/** Keys of an issuer that answers with the given key sets in rotation, and the messages to and from other processes. */
const openKeys = async (...keySets: object[][]) => {
  let requestCount = 0
  const server = createServer((_req, res) => {
    res.end(JSON.stringify({ keys: keySets[requestCount++ % keySets.length] }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: a TCP server has no other address
  const published: string[] = []
  const listeners: ((message: unknown) => void)[] = []
  const pubsub: PubSub = {
    publish: (channel) => void published.push(channel),
    subscribe: async (_channel, listener) => {
      listeners.push(listener)
      return () => {}
    },
    onReconnect: () => () => {},
    close: async () => {},
  }
  const keys = createTokenKeys(`http://127.0.0.1:${port}`, { cooldownMs: 0, pubsub })
  return {
    keys,
    published,
    receiveMessage: () => listeners.forEach((listener) => void listener(null)),
    /** Fetches the keys, as a token of an unknown key does. */
    async fetch() {
      const unknownKey = async () => keys.getKey({ alg: 'RS256', kid: 'unknown' }, { payload: '', signature: '' })
      await expect(unknownKey()).rejects.toThrow('no applicable key')
      keys.noticeChange()
    },
  }
}

it('a change that this process notices is published once', async () => {
  const { keys, published, fetch } = await openKeys([first], [first], [second])
  await fetch()
  onTestFinished(keys.onChange(() => {}))
  await fetch()
  expect(published).toEqual(['token-keys'])
})

it('a change that another process has published is not published again', async () => {
  const { keys, published, fetch, receiveMessage } = await openKeys([first], [second])
  await fetch()
  const { promise: change, resolve } = Promise.withResolvers<void>()
  onTestFinished(keys.onChange(resolve))
  receiveMessage()
  await change
  expect(published).toEqual([])
})

it('the same keys in another order are no change', async () => {
  const { keys, published, fetch } = await openKeys([first, second], [second, first], [{ ...first, e: 'AQAB' }, second])
  let changeCount = 0
  onTestFinished(keys.onChange(() => changeCount++))
  for (let count = 0; count < 3; count++) await fetch()
  expect([changeCount, published]).toEqual([0, []])
})
