import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Pages of another site, for example of an LMS. */
export interface PickerHost {
  origin: string
  /** Page at `/`. */
  html: string
  /** Answers `/mediagraph-token`; rejects if the site has no token. */
  readToken(): Promise<string>
  /** Number of tokens that were asked for. */
  tokenCount: number
  close(): Promise<void>
}

/** Starts a site on a host name of its own, which is a foreign one for a server at 127.0.0.1. */
export const startPickerHost = async (): Promise<PickerHost> => {
  const server = createServer(async (req, res) => {
    if (req.url !== '/mediagraph-token') {
      const isPage = req.url === '/'
      res.writeHead(isPage ? 200 : 204, { 'content-type': 'text/html; charset=utf-8' }).end(isPage ? host.html : '')
      return
    }
    host.tokenCount += 1
    try {
      const token = await host.readToken()
      res.writeHead(200, { 'content-type': 'text/plain' }).end(token)
    } catch {
      res.writeHead(401).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo // as: a TCP server has no other address
  const host: PickerHost = {
    origin: `http://localhost:${port}`,
    html: '',
    readToken: async () => '',
    tokenCount: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return host
}
