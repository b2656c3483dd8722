import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { createAddressOf } from '../../src/server/clientAddress.ts'

const addressOf = createAddressOf(['127.0.0.1', '10.0.0.0/8', 'fd00::/8'])

it.each([
  ['that of the connection', '198.51.100.1', undefined, '198.51.100.1'],
  ['IPv4 if the socket reports it inside IPv6', '::ffff:198.51.100.1', undefined, '198.51.100.1'],
  ['the network if it is IPv6', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
  ['the same network in another notation', '2001:0db8:1:2::9', undefined, '2001:db8:1:2::/64'],
  ['not what an untrusted client forwards', '198.51.100.1', '203.0.113.7', '198.51.100.1'],
  ['what a trusted proxy forwards', '10.1.2.3', '203.0.113.7', '203.0.113.7'],
  ['what a chain of trusted proxies forwards', '127.0.0.1', '203.0.113.7, 10.9.9.9', '203.0.113.7'],
  ['not what the client wrote before a proxy did', '127.0.0.1', '192.0.2.66, 203.0.113.7', '203.0.113.7'],
  ['that of the proxy if it forwards no address', '127.0.0.1', 'unknown', '127.0.0.1'],
  ['what a proxy forwards with a port', '127.0.0.1', '203.0.113.7:5123, 10.9.9.9:443', '203.0.113.7'],
  ['what a proxy forwards in brackets', '127.0.0.1', '[2001:db8::1]', '2001:db8:0:0::/64'],
  ['what a proxy forwards in brackets with a port', '127.0.0.1', '[2001:db8::1]:443', '2001:db8:0:0::/64'],
  ['a network that a proxy with IPv6 forwards', 'fd00::1', '2001:db8::5', '2001:db8:0:0::/64'],
])('the address of a client is %s', (_, remoteAddress, forwarded, expected) => {
  const req = { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }
  expect(addressOf(req as unknown as IncomingMessage)).toBe(expected) // as: nothing else is read
})
