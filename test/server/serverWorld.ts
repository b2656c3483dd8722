import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Client, createClient, type SubscribePayload } from 'graphql-ws'
import { WebSocket } from 'ws'
import { createAuthenticator, makeToken, type TokenOptions } from '../../src/adapters/auth.ts'
import { createMemoryRateLimiter } from '../../src/adapters/rateLimiter/memory.ts'
import { createAuthenticate } from '../../src/server/caller.ts'
import { createAddressOf } from '../../src/server/clientAddress.ts'
import { type ConnectionLimitSettings, createConnectionLimits } from '../../src/server/connectionLimits.ts'
import type { Deadlines } from '../../src/server/deadline.ts'
import { createDocuments, createGraphql } from '../../src/server/graphql.ts'
import { createGraphqlHttp } from '../../src/server/graphqlHttp.ts'
import { createHttpServer } from '../../src/server/http.ts'
import { createGraphqlSockets } from '../../src/server/websocket.ts'
import type { Idempotency } from '../../src/services/idempotency/idempotency.ts'
import type { Authenticator, Logger } from '../../src/services/kernel/ports.ts'
import { createRateLimits, type RateLimits } from '../../src/services/rateLimit/rateLimits.ts'
import type { Users } from '../../src/services/user/users.ts'
import { createSchema, createSwitches } from './smallSchema.ts'

const secret = 'a secret of the tests, long enough'

export interface ServerWorldOptions {
  introspection?: boolean
  graphiql?: boolean
  corsOrigins?: string[]
  closeMs?: number
  keepAliveMs?: number
  initMs?: number
  stallMs?: number
  stallGraceMs?: number
  headersMs?: number
  bodyMs?: number
  /** Unlimited by default. */
  connectionLimits?: Partial<ConnectionLimitSettings>
  /** The tests themselves by default. */
  trustedProxies?: string[]
  /** Unlimited by default. */
  rateLimits?: RateLimits
  /** Refuses every key by default. */
  idempotency?: Idempotency
  deadlines?: Deadlines
  /** Accepts tokens of `token` by default. */
  authenticator?: Authenticator
}

const unlimited = createRateLimits({
  rateLimiter: createMemoryRateLimiter(),
  rateLimits: { calls: 0, uploads: 0, bulk: 0 },
})

const noKeys: Idempotency = {
  claim: () => Promise.reject(new Error('This server has no idempotency. Pass one to startServerWorld.')),
  sweep: async () => 0,
}

/** Starts a complete server on loopback with a small schema. */
export const startServerWorld = async (options: ServerWorldOptions = {}) => {
  const switches = createSwitches()
  const logLines: { fields: Record<string, unknown>; message: string }[] = []
  const listeners = new Set<() => void>()
  const write = (fields: object, message: string): void => {
    logLines.push({ fields: { ...fields }, message })
    for (const listener of listeners) listener()
  }
  const log: Logger = { debug: () => {}, info: () => {}, warn: write, error: write, child: () => log }

  const users = {
    async resolveActor(identity, requestId) {
      if (switches.failUsers) throw new Error('password=hunter2')
      return { type: 'user', userId: identity.externalId, role: identity.role, requestId }
    },
  } satisfies Pick<Users, 'resolveActor'>
  const authenticateUser = createAuthenticate(
    options.authenticator ?? createAuthenticator({ type: 'hs256', secret }),
    users as unknown as Users,
  ) // as: nothing else is used
  const authenticate: typeof authenticateUser = async (...values) => {
    await switches.onAuthenticate()
    return authenticateUser(...values)
  }

  let serial = 0
  const { introspection = true, graphiql = true, corsOrigins = [] } = options
  const rateLimits = options.rateLimits ?? unlimited
  const documents = createDocuments()
  const graphql = createGraphql({
    schema: createSchema(switches),
    documents,
    answerCache: { maxBytes: 0, readState: async () => '', urlPeriod: () => 0 },
    createContext(call) {
      if (switches.failContext) throw new Error('password=hunter2')
      return { ...call, serial: ++serial }
    },
    rateLimits,
    idempotency: options.idempotency ?? noKeys,
    introspection,
    graphiql,
    log,
    deadlines: options.deadlines,
  })
  const publicUrl = 'https://media.example.com'
  const rawRequests: string[] = []
  const raw = async (req: IncomingMessage, res: ServerResponse, requestId: string) => {
    rawRequests.push(`${req.method} ${req.url}`)
    if (req.url?.includes('crash')) throw new Error('password=hunter2')
    let sizeBytes = 0
    for await (const chunk of req) sizeBytes += chunk.length
    res.end(JSON.stringify({ sizeBytes, requestId }))
  }
  let isReady = true
  const transport = {
    graphql,
    documents,
    authenticate,
    corsOrigins,
    publicUrl,
    connectionLimits: createConnectionLimits({
      perUser: 0,
      perAddress: 0,
      ...options.connectionLimits,
      addressOf: createAddressOf(options.trustedProxies ?? ['127.0.0.1']),
      log,
    }),
    log,
  }
  const http = createHttpServer({
    graphql: createGraphqlHttp({ ...transport, graphiql, bodyTimeoutMs: options.bodyMs }),
    sockets: createGraphqlSockets({
      ...transport,
      rateLimits,
      deadlines: options.deadlines,
      keepAliveIntervalMs: options.keepAliveMs,
      initTimeoutMs: options.initMs,
      stallTimeoutMs: options.stallMs,
      stallGraceMs: options.stallGraceMs,
    }),
    uploads: raw,
    files: raw,
    console: {},
    consoleAssets: import.meta.dirname,
    isReady: async () => isReady,
    log,
    closeTimeoutMs: options.closeMs,
    headersTimeoutMs: options.headersMs,
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
    logLines: logLines,
    rawRequests: rawRequests,
    /** Resolves once a matching log line has been written. */
    waitForLog: (pattern: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const check = () => {
          if (logLines.some(({ message }) => pattern.test(message))) resolve()
        }
        listeners.add(check)
        check()
      }),
    setReady(value: boolean) {
      isReady = value
    },

    token: (claims: Partial<TokenOptions> = {}) =>
      makeToken(secret, { sub: randomUUID(), name: 'Ada', role: 'editor', kind: 'person', expires: '1h', ...claims }),

    /** Creates a graphql-ws client on a real socket, without retries. */
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

export type ServerWorld = Awaited<ReturnType<typeof startServerWorld>>

/** Runs an operation over a socket to its end. Returns every result, or the errors that refuse it. */
export const overSocket = async (client: Client, payload: SubscribePayload): Promise<GraphqlResult[]> => {
  const results: GraphqlResult[] = []
  try {
    for await (const result of client.iterate(payload)) results.push(result as GraphqlResult) // as: the tests check the shape
  } catch (errors) {
    results.push({ errors: errors as GraphqlResult['errors'] }) // as: graphql-ws throws the error list of the message
  }
  return results
}

/** Posts an operation. `headers` add or replace headers; null removes one. */
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
  const headerEntries = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: headerEntries,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

export interface GraphqlResult {
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[]
}

export const readResult = async (response: Response | Promise<Response>): Promise<GraphqlResult> =>
  (await (await response).json()) as GraphqlResult // as: the tests check the shape

/** Yields the JSON of each `next` event of a stream, until it ends. */
export const readEvents = async function* (response: Response): AsyncGenerator<GraphqlResult> {
  if (response.body === null) throw new Error('The event stream has no body.')
  let remainder = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (remainder + text).split('\n\n')
    remainder = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: ?(.*)$/m.exec(block)?.[1]
      if (/^event: ?next$/m.test(block) && data !== undefined) yield JSON.parse(data)
    }
  }
}
