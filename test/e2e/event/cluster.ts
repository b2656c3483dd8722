import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { vi } from 'vitest'
import { type Client, createClient, followEvents } from '../../../client/client.ts'
import type { LogEntryFragment } from '../../../client/generated/documents.ts'
import { makeToken } from '../../../src/adapters/auth.ts'
import { freePort } from '../../harness/port.ts'
import type { TestDatabase } from '../../harness/postgres.ts'
import { startProcess, type TestProcess } from '../../harness/processes.ts'
import { startRedis } from '../../harness/redis.ts'
import { createTicket } from '../../harness/tickets.ts'
import { testSecret } from '../../harness/world.ts'

interface Server {
  url: string
  testProcess: TestProcess
  isRunning: boolean
}

const startCursor = Buffer.from(JSON.stringify(['log:POSITION', 0])).toString('base64url')

/** Starts two API processes that share one database and one Redis. */
export const openCluster = async (database: TestDatabase) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-following-'))
  const redis = await startRedis()
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  owner.on('error', () => undefined) // ended with its database
  await owner.connect()
  const token = await makeToken(testSecret, { sub: 'root', name: 'Root', role: 'admin', kind: 'person', expires: '1h' })
  const servers: Server[] = []
  let isClosed = false

  const start = async (): Promise<Server> => {
    const port = await freePort()
    const env = {
      NODE_ENV: 'test',
      PORT: String(port),
      DATA_DIR: dataDir,
      DATABASE_URL: database.appUrl,
      DATABASE_OWNER_URL: database.ownerUrl,
      REDIS_URL: redis.url,
      AUTH_JWT_SECRET: testSecret,
    }
    const testProcess = await startProcess('src/server.ts', env, 'Listening')
    const server = { url: `http://127.0.0.1:${port}/graphql`, testProcess, isRunning: true }
    servers.push(server)
    return server
  }

  const kill = async (server: Server): Promise<void> => {
    server.isRunning = false
    await server.testProcess.end('SIGKILL')
  }

  const createServerClient = ({ url }: Server): Client => createClient({ url, token, retryAttempts: 0 })

  return {
    redis,
    token,
    /** The two processes that were started first. */
    firstServers: [await start(), await start()] as const,
    start,
    kill,
    createServerClient,

    /** Returns a running server, if possible not the excluded one. */
    findRunningServer(excluded?: Server): Server {
      const running = servers.filter(({ isRunning }) => isRunning)
      const server = running.find((each) => each !== excluded) ?? running[0]
      if (server === undefined) throw new Error('no server is running')
      return server
    },

    /** Creates an upload, which adds an event to the log; returns its id. */
    async create(server: Server, fileName: string): Promise<string> {
      return (await createTicket(createServerClient(server), { fileName })).upload.id
    },

    async readChain(): Promise<string[]> {
      const { rows } = await owner.query('SELECT "eventId" FROM "EventChain" ORDER BY "position"')
      return rows.map(({ eventId }) => `Event:${eventId}`)
    },

    waitUntilNumbered: () =>
      vi.waitUntil(async () => (await owner.query('SELECT FROM "EventPending" LIMIT 1')).rowCount === 0, {
        timeout: 10_000,
        interval: 10,
      }),

    /** Follows the log from the first row until the cluster is closed. */
    followLog(connect: () => Client) {
      const entries: LogEntryFragment[] = []
      const open = (): Client => {
        if (isClosed) throw new Error('all tests have ended')
        return connect()
      }
      const run = async (): Promise<void> => {
        for await (const event of followEvents({ connect: open, after: startCursor, retryDelayMs: 20 }))
          entries.push(event)
      }
      run().catch((error: unknown) => {
        if (!isClosed) throw error
      })
      return { entries, ids: () => entries.map(({ id }) => id) }
    },

    async close(): Promise<void> {
      isClosed = true
      await Promise.all(servers.filter(({ isRunning }) => isRunning).map(kill))
      await owner.end()
      await redis.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
