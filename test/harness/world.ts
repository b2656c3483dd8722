import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, type GraphqlErrorEntry, sendBytes } from '../../client/client.ts'
import {
  MediaDocument,
  MediaProgressDocument,
  type MediaProgressSubscription,
  type MediaUploadCreateInput,
} from '../../client/generated/documents.ts'
import { makeToken, type TokenRole } from '../../src/adapters/auth.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { openRuntime, type Runtime } from '../../src/adapters/runtime.ts'
import { startServer } from '../../src/server.ts'
import { readConfig } from '../../src/services/config/config.ts'
import { startWorker } from '../../worker/worker.ts'
import { freePort } from './port.ts'
import { createTestDatabase } from './postgres.ts'
import { createTicket } from './tickets.ts'

export const testSecret = 'a secret of at least thirty-two characters'

/** A running Mediagraph: database, storage, API server and optionally a worker, shared with no other test file. */
export interface World {
  runtime: Runtime
  /** `http://127.0.0.1:<port>` */
  origin: string
  graphqlUrl: string
  /** Environment with which another process joins this world. */
  env: Record<string, string>
  /** SQL statements of the services so far. Empty the array before the statements that a test counts. */
  statements: string[]
  /** Returns the statements that were sent while `run` was pending. */
  captureStatements(run: () => Promise<unknown>): Promise<string[]>
  token(role: TokenRole, name?: string): Promise<string>
  /** Creates a client that is signed in; the same name is the same user. Closed together with the world. */
  client(role: TokenRole, name?: string): Promise<Client>
  /** Creates clients of the viewer Vera, the editors Ada and Bob, and the admin Root. */
  users(): Promise<UserClients>
  /** Posts a GraphQL document; anonymously if the token is null. */
  post(token: string | null, query: string, variables?: object): Promise<GraphqlResult>
  /** Creates an upload and sends its bytes; resolves to the media id after the last byte was accepted. */
  upload(client: Client, bytes: Buffer, input: Partial<MediaUploadCreateInput>): Promise<string>
  close(): Promise<void>
}

export interface UserClients {
  viewer: Client
  editor: Client
  otherEditor: Client
  admin: Client
}

export interface GraphqlResult {
  data?: Record<string, unknown> | null
  errors?: GraphqlErrorEntry[]
}

export interface WorldOptions {
  worker?: boolean
  env?: Record<string, string>
}

export const openWorld = async ({ worker = false, env: envOverrides = {} }: WorldOptions = {}): Promise<World> => {
  const [database, dataDir, port] = [
    await createTestDatabase(),
    await mkdtemp(join(tmpdir(), 'mediagraph-world-')),
    Number(envOverrides['PORT'] ?? (await freePort())),
  ]
  const env = {
    PORT: String(port),
    DATA_DIR: dataDir,
    DATABASE_URL: database.appUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    AUTH_JWT_SECRET: testSecret,
    LOG_LEVEL: 'silent',
    NODE_ENV: 'test',
    // Repeated answers would make counts of statements depend on chance.
    ANSWER_CACHE_MB: '0',
    RATE_LIMIT: '0',
    RATE_LIMIT_UPLOADS: '0',
    RATE_LIMIT_BULK: '0',
    RATE_LIMIT_SIGN_INS: '0',
    ...envOverrides,
  }
  const config = readConfig(env)
  const statements: string[] = []
  const runtime = await openRuntime({
    config,
    log: createLogger(config.logLevel),
    isWorker: worker,
    onStatement: (sql) => void statements.push(sql),
  })
  await startServer(runtime)
  if (worker) await startWorker(runtime)
  const origin = `http://127.0.0.1:${port}`
  const graphqlUrl = `${origin}/graphql`
  const clients: Client[] = []

  const token = (role: TokenRole, name: string = role): Promise<string> =>
    makeToken(testSecret, { sub: name.toLowerCase(), name, role, kind: 'person', expires: '1h' })

  const client = async (role: TokenRole, name?: string): Promise<Client> => {
    const graphqlClient = createClient({ url: graphqlUrl, token: await token(role, name) })
    clients.push(graphqlClient)
    return graphqlClient
  }

  return {
    runtime,
    origin,
    graphqlUrl,
    env,
    statements,
    token,
    client,

    async users() {
      return {
        viewer: await client('viewer', 'Vera'),
        editor: await client('editor', 'Ada'),
        otherEditor: await client('editor', 'Bob'),
        admin: await client('admin', 'Root'),
      }
    },

    async captureStatements(run) {
      statements.length = 0
      await run()
      return [...statements]
    },

    async post(token, query, variables) {
      const response = await fetch(graphqlUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query, variables }),
      })
      return (await response.json()) as GraphqlResult // as: the response format of GraphQL over HTTP
    },

    async upload(client, bytes, input) {
      const sizeBytes = bytes.length
      const { target, upload } = await createTicket(client, { ...input, sizeBytes })
      await sendBytes(target, bytes, { sizeBytes })
      return upload.mediaId
    },

    async close() {
      await Promise.all(clients.map((client) => client.close()))
      await runtime.close()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export type Progress = MediaProgressSubscription['mediaProgress']

/** Follows a media until all work on it has ended; returns the received events in order. */
export const followToEnd = async (client: Client, mediaId: string): Promise<Progress[]> => {
  const events: Progress[] = []
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] }))
    events.push(mediaProgress)
  return events
}

export const readMedia = async (client: Client, id: string) => {
  const { media } = await client.send(MediaDocument, { id })
  if (media == null) throw new Error(`${id} does not exist.`)
  return media
}
