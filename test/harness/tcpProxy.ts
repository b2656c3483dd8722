import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a server and its database, and fails in the ways of a network. */
export interface TcpProxy {
  /** The URL that leads through the proxy. */
  url: string
  /** From now on nothing passes in either direction, while connections are still accepted. */
  freeze(): void
  /** Passes on what was held back, and everything after it. */
  thaw(): void
  /** Breaks all connections, and each new one at once. */
  cut(): void
  /** Lets new connections pass again. */
  mend(): void
  /** Resolves once so many connections are open. */
  waitForConnections(minCount: number): Promise<void>
  close(): Promise<void>
}

export const startTcpProxy = async (targetUrl: string): Promise<TcpProxy> => {
  const target = new URL(targetUrl)
  const pairs = new Set<[Socket, Socket]>()
  let isFrozen = false
  let isCut = false
  let onConnection = (): void => undefined

  const server = createServer((downstream) => {
    if (isCut) return void downstream.resetAndDestroy()
    const upstream = connect(Number(target.port), target.hostname)
    const pair: [Socket, Socket] = [downstream, upstream]
    pairs.add(pair)
    for (const [one, other] of [pair, pair.toReversed() as [Socket, Socket]]) {
      one.on('error', () => undefined) // `close` follows
      one.on('close', () => {
        pairs.delete(pair)
        other.destroy()
      })
      one.on('data', (chunk) => other.write(chunk))
      if (isFrozen) one.pause()
    }
    onConnection()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(targetUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port) // as: a TCP server has no other address

  const cut = (): void => {
    isCut = true
    for (const [downstream, upstream] of pairs) {
      downstream.resetAndDestroy()
      upstream.destroy()
    }
  }

  return {
    url: url.href,
    freeze() {
      isFrozen = true
      for (const socket of [...pairs].flat()) socket.pause()
    },
    thaw() {
      isFrozen = false
      for (const socket of [...pairs].flat()) socket.resume()
    },
    cut,
    mend() {
      isCut = false
    },
    waitForConnections: (minCount) =>
      new Promise((resolve) => {
        onConnection = () => {
          if (pairs.size >= minCount) resolve()
        }
        onConnection()
      }),
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
