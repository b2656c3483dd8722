import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { print } from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Client, createClient, followEvents } from '../../../client/client.ts'
import { EventFeedDocument, FollowEventsDocument, type LogEntryFragment } from '../../../client/generated/documents.ts'
import { makeToken } from '../../../src/adapters/auth.ts'
import { freePort } from '../../harness/port.ts'
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts'
import { startProcess, type TestProcess } from '../../harness/processes.ts'
import { startRedis, type TestRedis } from '../../harness/redis.ts'
import { createTicket } from '../../harness/tickets.ts'
import { testSecret } from '../../harness/world.ts'
import { readEvents } from '../../server/serverWorld.ts'

// Two API processes on one database and one Redis: followers of the log that lose one of them, or Redis.

interface Server {
  url: string
  testProcess: TestProcess
  isRunning: boolean
}

let database: TestDatabase
let redis: TestRedis
let dataDir: string
let owner: pg.Client
let token: string
const servers: Server[] = []

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
  const testProcess = await startProcess('src/server.ts', env, 'serves')
  const server = { url: `http://127.0.0.1:${port}/graphql`, testProcess, isRunning: true }
  servers.push(server)
  return server
}

const kill = async (server: Server): Promise<void> => {
  server.isRunning = false
  await server.testProcess.end('SIGKILL')
}

const clientOf = ({ url }: Server): Client => createClient({ url, token, retryAttempts: 0 })

const findRunningServer = (): Server => {
  const server = servers.find(({ isRunning }) => isRunning)
  if (server === undefined) throw new Error('no server runs')
  return server
}

const create = async (server: Server, fileName: string): Promise<string> =>
  (await createTicket(clientOf(server), { fileName })).upload.id

const chain = async (): Promise<string[]> => {
  const { rows } = await owner.query('SELECT "eventId" FROM "EventChain" ORDER BY "position"')
  return rows.map(({ eventId }) => `Event:${eventId}`)
}

const waitUntilNumbered = () =>
  vi.waitUntil(async () => (await owner.query('SELECT FROM "EventPending" LIMIT 1')).rowCount === 0, {
    timeout: 10_000,
    interval: 10,
  })

const waitFor = (condition: () => boolean, timeout = 20_000) => vi.waitUntil(condition, { timeout, interval: 5 })

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-following-'))
  database = await createTestDatabase()
  redis = await startRedis()
  owner = new pg.Client({ connectionString: database.ownerUrl })
  owner.on('error', () => undefined) // ended with its database
  await owner.connect()
  token = await makeToken(testSecret, { sub: 'root', name: 'Root', role: 'admin', kind: 'person', expires: '1h' })
  await start()
  await start()
})

afterAll(async () => {
  isOver = true
  await Promise.all(servers.filter(({ isRunning }) => isRunning).map(kill))
  await owner?.end()
  await redis?.stop()
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
})

let isOver = false

/** Follows from the first row on until the end of all tests. */
const followLog = (connect: () => Client) => {
  const entries: LogEntryFragment[] = []
  const open = (): Client => {
    if (isOver) throw new Error('nobody follows any more')
    return connect()
  }
  const run = async (): Promise<void> => {
    for await (const event of followEvents({ connect: open, after: startCursor, retryDelayMs: 20 })) entries.push(event)
  }
  run().catch((error: unknown) => {
    if (!isOver) throw error
  })
  return { seen: entries, ids: () => entries.map(({ id }) => id) }
}
const startCursor = Buffer.from(JSON.stringify(['log:POSITION', 0])).toString('base64url')

describe('a follower of the log', () => {
  it('goes on at another server where it was cut off, while its own is killed and others write', async () => {
    const [first, second] = servers
    if (first === undefined || second === undefined) throw new Error('two servers')
    const visitedUrls: string[] = []
    const follower = followLog(() => {
      const server = first.isRunning ? first : findRunningServer()
      visitedUrls.push(server.url)
      return clientOf(server)
    })
    let writing = true
    const write = async (): Promise<void> => {
      for (let n = 0; writing; n++) await create(second, `during-${n}.mp4`)
    }
    const writers = [write(), write()]
    await waitFor(() => follower.seen.length > 20)
    await kill(first)
    const previousCount = follower.seen.length
    await waitFor(() => follower.seen.length > previousCount + 20)
    writing = false
    await Promise.all(writers)
    await waitUntilNumbered()
    const all = await chain()
    await waitFor(() => follower.seen.length >= all.length)
    expect(follower.ids()).toEqual(all)
    expect(new Set(visitedUrls).size).toBe(2)
  })

  it('hears over event streams too, from its resume point on', async () => {
    const server = findRunningServer()
    const { eventFeed } = await clientOf(server).send(EventFeedDocument, { first: 5 })
    const after = eventFeed.endCursor
    const stream = new AbortController()
    const response = await fetch(server.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: print(FollowEventsDocument), variables: { after } }),
      signal: stream.signal,
    })
    await waitUntilNumbered()
    const missed = (await chain()).length - 5
    const receivedIds: unknown[] = []
    let live: Promise<string> | null = null
    for await (const { data } of readEvents(response)) {
      receivedIds.push((data?.['events'] as LogEntryFragment | undefined)?.id) // what the query asks for
      if (receivedIds.length === missed) live = create(server, 'over-sse.mp4')
      if (receivedIds.length > missed) break
    }
    await live
    stream.abort()
    expect(receivedIds).toEqual((await chain()).slice(5))
  })

  it('goes on while Redis is away, and has caught up within 5 s of its return', async () => {
    const server = await start()
    const writer = servers.find((other) => other.isRunning && other !== server) ?? server
    const follower = followLog(() => clientOf(server))
    await waitFor(() => follower.seen.length > 20)
    await redis.stop()
    const ids = [await create(writer, 'away-1.mp4'), await create(writer, 'away-2.mp4')]
    await waitFor(() => follower.seen.some(({ nodeId }) => nodeId === ids[1]), 5000)
    const lost = await create(writer, 'away-3.mp4')
    await redis.start()
    const startedAt = Date.now()
    await waitFor(() => follower.seen.some(({ nodeId }) => nodeId === lost), 5000)
    expect(Date.now() - startedAt).toBeLessThan(5000)
    await sleep(100)
    const back = await create(writer, 'back.mp4')
    await waitFor(() => follower.seen.some(({ nodeId }) => nodeId === back), 5000)
    await waitUntilNumbered()
    const all = await chain()
    await waitFor(() => follower.seen.length >= all.length)
    expect(follower.ids()).toEqual(all)
  })
})
