import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Returns the address of the client of a request, as connections are counted by it. */
export type AddressOf = (req: Pick<IncomingMessage, 'socket' | 'headers'>) => string

const mappedPattern = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** Removes the form in which a socket for both versions of IP reports IPv4. */
const normalize = (address: string): string => mappedPattern.exec(address)?.[1] ?? address

const portPattern = /^(?:\[(.+)\](?::\d+)?|([\d.]+):\d+)$/

/** Removes the port and the brackets that some proxies write: `203.0.113.7:5123`, `[2001:db8::1]:443`. */
const withoutPort = (text: string): string => {
  const [, ipv6, ipv4] = portPattern.exec(text) ?? []
  return ipv6 ?? ipv4 ?? text
}

/** Returns the first 64 bits of an IPv6 address: one client usually has all addresses that begin with them. */
const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('%', 1).join('').split('::')
  const headGroups = head === '' ? [] : head.split(':')
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - headGroups.length - tailGroups.length
  const groups = [...headGroups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...tailGroups]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** Parses addresses and CIDR ranges, which the configuration has checked. */
const createList = (proxies: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/**
 * Creates the function that reads addresses. `X-Forwarded-For` counts only as far as trusted proxies wrote it: from the
 * right, the first address that is not a trusted proxy's is the client's.
 */
export const createAddressOf = (trustedProxies: readonly string[]): AddressOf => {
  const proxies = createList(trustedProxies)
  const isTrusted = (address: string): boolean =>
    isIPv4(address) ? proxies.check(address, 'ipv4') : isIPv6(address) && proxies.check(address, 'ipv6')

  return ({ socket, headers }) => {
    let address = normalize(socket.remoteAddress ?? '')
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',')
    for (const text of forwarded.toReversed()) {
      const previous = normalize(withoutPort(text.trim()))
      if (!isTrusted(address) || (!isIPv4(previous) && !isIPv6(previous))) break
      address = previous
    }
    return networkOf(address)
  }
}

/** Whether a request names an address in `X-Forwarded-For` that does not count, as behind a proxy that is not trusted. */
export const isForwardIgnored = ({ socket, headers }: IncomingMessage, addressOf: AddressOf): boolean =>
  headers['x-forwarded-for'] !== undefined &&
  addressOf({ socket, headers }) === addressOf({ socket, headers: { ...headers, 'x-forwarded-for': undefined } })
