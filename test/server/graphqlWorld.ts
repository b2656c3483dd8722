import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Client, createClient, type SubscribePayload } from 'graphql-ws'
import { WebSocket } from 'ws'
import { createAuthenticator, makeToken, type TokenOptions } from '../../src/adapters/auth.ts'
import { createMemoryRateLimiter } from '../../src/adapters/rateLimiter/memory.ts'
import { createRecognise } from '../../src/server/caller.ts'
import { createGraphql } from '../../src/server/graphql.ts'
import { createGraphqlHttp } from '../../src/server/graphqlHttp.ts'
import { createHttpServer } from '../../src/server/http.ts'
import { createGraphqlSockets } from '../../src/server/websocket.ts'
import type { Idempotency } from '../../src/services/idempotency/idempotency.ts'
import type { Log } from '../../src/services/kernel/ports.ts'
import { createRateLimits, type RateLimits } from '../../src/services/rateLimit/rateLimits.ts'
import type { Users } from '../../src/services/user/users.ts'
import { createSchema, createSwitches } from './smallSchema.ts'

const secret = 'a secret of the tests, long enough'

export interface WorldOptions {
  introspection?: boolean
  graphiql?: boolean
  corsOrigins?: string[]
  closeMs?: number
  keepAliveMs?: number
  initMs?: number
  stallMs?: number
  /** Any number where absent. */
  rateLimits?: RateLimits
  /** Where absent, no call has a key. */
  idempotency?: Idempotency
}

const anyNumber = createRateLimits({
  rateLimiter: createMemoryRateLimiter(),
  rateLimits: { calls: 0, uploads: 0, bulk: 0 },
})

const noKeys: Idempotency = {
  claim: () => Promise.reject(new Error('This world knows no keys.')),
  sweep: async () => 0,
}

/** A whole server on loopback over a small schema, with people who hold tokens. */
export const startWorld = async (options: WorldOptions = {}) => {
  const switches = createSwitches()
  const logged: { fields: Record<string, unknown>; message: string }[] = []
  const listeners = new Set<() => void>()
  const write = (fields: object, message: string): void => {
    logged.push({ fields: { ...fields }, message })
    for (const listener of listeners) listener()
  }
  const log: Log = { debug: () => {}, info: () => {}, warn: write, error: write, child: () => log }

  const users = {
    async recognise(identity, requestId) {
      if (switches.failUsers) throw new Error('password=hunter2')
      return { type: 'user', userId: identity.externalId, role: identity.role, requestId }
    },
  } satisfies Pick<Users, 'recognise'>
  const recognise = createRecognise(createAuthenticator({ type: 'hs256', secret }), users as unknown as Users) // all that is asked of it

  let serial = 0
  const { introspection = true, graphiql = true, corsOrigins = [] } = options
  const graphql = createGraphql({
    schema: createSchema(switches),
    createContext(call) {
      if (switches.failContext) throw new Error('password=hunter2')
      return { ...call, serial: ++serial }
    },
    rateLimits: options.rateLimits ?? anyNumber,
    idempotency: options.idempotency ?? noKeys,
    introspection,
    graphiql,
    log,
  })
  const publicUrl = 'https://media.example.com'
  const handled: string[] = []
  const raw = async (req: IncomingMessage, res: ServerResponse, requestId: string) => {
    handled.push(`${req.method} ${req.url}`)
    if (req.url?.includes('crash')) throw new Error('password=hunter2')
    let sizeBytes = 0
    for await (const chunk of req) sizeBytes += chunk.length
    res.end(JSON.stringify({ sizeBytes, requestId }))
  }
  let isReady = true
  const http = createHttpServer({
    graphql: createGraphqlHttp({ graphql, recognise, graphiql, corsOrigins, publicUrl, log }),
    sockets: createGraphqlSockets({
      graphql,
      recognise,
      corsOrigins,
      publicUrl,
      log,
      keepAliveMs: options.keepAliveMs,
      initMs: options.initMs,
      stallMs: options.stallMs,
    }),
    uploads: raw,
    files: raw,
    ready: async () => isReady,
    log,
    closeMs: options.closeMs,
  })
  const { port } = await http.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${port}`
  const clients = new Set<Client>()

  return {
    url,
    socketUrl: `ws://127.0.0.1:${port}/graphql`,
    port,
    http,
    switches,
    logged,
    handled,
    /** Resolves once a line that matches is written, or has been. */
    written: (pattern: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (logged.some(({ message }) => pattern.test(message))) resolve()
        }
        listeners.add(look)
        look()
      }),
    setReady(value: boolean) {
      isReady = value
    },

    token: (given: Partial<TokenOptions> = {}) =>
      makeToken(secret, { sub: randomUUID(), name: 'Ada', role: 'editor', kind: 'person', expires: '1h', ...given }),

    /** A graphql-ws client over a real socket that never tries again. */
    connect(token: string | null, socketOptions: object = {}): Client {
      class Socket extends WebSocket {
        constructor(address: string | URL, protocols?: string | string[]) {
          super(address, protocols, socketOptions)
        }
      }
      const client = createClient({
        url: `ws://127.0.0.1:${port}/graphql`,
        webSocketImpl: Socket,
        retryAttempts: 0,
        lazy: true,
        connectionParams: token === null ? {} : { authorization: `Bearer ${token}` },
      })
      clients.add(client)
      return client
    },

    async close() {
      for (const client of clients) await client.dispose()
      await http.close()
    },
  }
}

export type World = Awaited<ReturnType<typeof startWorld>>

/** One operation over a socket, to its end: every result, or the errors that it was refused with. */
export const overSocket = async (client: Client, payload: SubscribePayload): Promise<Answer[]> => {
  const found: Answer[] = []
  try {
    for await (const result of client.iterate(payload)) found.push(result as Answer) // the shape is what tests are about
  } catch (errors) {
    found.push({ errors: errors as Answer['errors'] }) // graphql-ws throws the list of an error message
  }
  return found
}

/** Posts an operation; `headers` replace or add, and null takes one away. */
export const post = (
  url: string,
  token: string | null,
  body: object | string,
  headers: Record<string, string | null> = {},
): Promise<Response> => {
  const all = {
    'Content-Type': 'application/json',
    Accept: 'application/graphql-response+json',
    ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    ...headers,
  }
  const kept = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: kept,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

export interface Answer {
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[]
}

export const answer = async (response: Response | Promise<Response>): Promise<Answer> =>
  (await (await response).json()) as Answer // the shape is what the tests are about

/** The JSON of each `next` of an event stream, until it ends. */
export const events = async function* (response: Response): AsyncGenerator<Answer> {
  if (response.body === null) throw new Error('An event stream has a body.')
  let rest = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: ?(.*)$/m.exec(block)?.[1]
      if (/^event: ?next$/m.test(block) && data !== undefined) yield JSON.parse(data)
    }
  }
}
