import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type Client, createClient, sendBytes } from '../../client/client.ts'
import { MediaDocument, MediaProgressDocument } from '../../client/generated/documents.ts'
import { makeToken } from '../../src/adapters/auth.ts'
import { findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { freePort } from '../harness/port.ts'
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts'
import { findProcesses, startProcess, type TestProcess } from '../harness/processes.ts'
import { startRedis, type TestRedis } from '../harness/redis.ts'
import { createTicket } from '../harness/tickets.ts'
import { type Progress, testSecret } from '../harness/world.ts'

// API and workers as processes of their own over a real Redis: what they owe each other when one of them goes.

let database: TestDatabase
let redis: TestRedis
let dataDir: string
let env: Record<string, string>
let api: TestProcess
let ada: Client
let clip: Buffer
const workers: TestProcess[] = []

const startWorker = async (extra: Record<string, string> = {}): Promise<TestProcess> => {
  const worker = await startProcess('worker/worker.ts', { ...env, ...extra }, 'takes jobs')
  workers.push(worker)
  return worker
}

/** Some seconds of work for a WebM, little for the others. */
const makeClip = async (): Promise<Buffer> => {
  const { ffmpegPath } = await findFfmpegBinaries({})
  const path = join(dataDir, 'clip.mp4')
  const source = 'testsrc2=size=640x360:rate=24:duration=6'
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path]
  await promisify(execFile)(ffmpegPath, ['-v', 'error', '-f', 'lavfi', '-i', source, ...encode])
  return readFile(path)
}

const tokenOf = () => makeToken(testSecret, { sub: 'ada', name: 'Ada', role: 'editor', kind: 'person', expires: '1h' })

const clientOf = async (port: string): Promise<Client> =>
  createClient({ url: `http://127.0.0.1:${port}/graphql`, token: await tokenOf() })

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-processes-'))
  database = await createTestDatabase()
  redis = await startRedis()
  env = {
    NODE_ENV: 'test',
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    DATABASE_URL: database.appUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    REDIS_URL: redis.url,
    AUTH_JWT_SECRET: testSecret,
    WORKER_CONCURRENCY: '2',
  }
  clip = await makeClip()
  api = await startProcess('src/server.ts', env, 'serves')
  ada = await clientOf(env['PORT'] ?? '')
})

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')))
})

afterAll(async () => {
  await ada?.close()
  await api?.end('SIGKILL')
  await redis?.stop()
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
})

interface Observation {
  at: number
  media: Progress
}

interface Subscription {
  mediaId: string
  observations: Observation[]
  completion: Promise<void>
}

const upload = async (client: Client, bytes: Buffer, fileName = 'clip.mp4'): Promise<string> => {
  const ticket = await createTicket(client, { fileName, sizeBytes: bytes.length, renditions: ['THUMBNAIL', 'WEBM'] })
  await sendBytes(ticket.target, bytes, { sizeBytes: bytes.length })
  return ticket.upload.mediaId
}

const follow = (client: Client, mediaId: string): Subscription => {
  const observations: Observation[] = []
  const run = async () => {
    for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] }))
      observations.push({ at: Date.now(), media: mediaProgress })
  }
  return { mediaId, observations, completion: run() }
}

const webmOf = ({ renditions }: Progress) => renditions.find(({ profile }) => profile === 'WEBM')

const waitFor = <Value>(find: () => Value | undefined | null | false, timeout = 30_000): Promise<Value> =>
  vi.waitUntil(find, { timeout, interval: 20 }) as Promise<Value> // as: waitUntil resolves to what is truthy

/** Until the WebM is being made, and some of it is. */
const waitUntilUnderWay = ({ observations }: Subscription) =>
  waitFor(() =>
    observations.find(({ media }) => webmOf(media)?.status === 'PROCESSING' && (webmOf(media)?.percent ?? 0) > 5),
  )

const statuses = ({ observations }: Subscription): string[] => {
  const all = observations.flatMap(({ media }) => webmOf(media)?.status ?? [])
  return all.filter((status, index) => status !== all[index - 1])
}

const findLeftovers = async () => ({
  processes: await findProcesses(dataDir),
  folders: await readdir(join(dataDir, 'work')).catch(() => []),
})
const noLeftovers = { processes: [], folders: [] }

const report = (text: string) => process.stdout.write(`  ${text}\n`)

describe('API and worker as processes of their own', () => {
  it('convert an upload, with live progress over Redis', async () => {
    await startWorker()
    const subscription = follow(ada, await upload(ada, clip))
    await subscription.completion
    expect(statuses(subscription).at(-1)).toBe('READY')
    const percents = subscription.observations.map(({ media }) => webmOf(media)?.percent ?? 0)
    expect(percents).toEqual(percents.toSorted((a, b) => a - b))
    expect(new Set(percents.filter((percent) => percent > 0 && percent < 100)).size).toBeGreaterThan(3)
  })

  it('start the job of a killed worker again within 15 s, and nothing of it is left behind', async () => {
    const worker = await startWorker()
    const subscription = follow(ada, await upload(ada, clip))
    await waitUntilUnderWay(subscription)
    expect((await findLeftovers()).processes.length).toBeGreaterThan(0)
    const killedAt = Date.now()
    await worker.end('SIGKILL')
    // Its ffmpeg goes by itself, before anybody else comes.
    await vi.waitFor(async () => expect((await findLeftovers()).processes).toEqual([]), { timeout: 3000, interval: 50 })
    await startWorker()
    const again = await waitFor(() => subscription.observations.find(({ media }) => webmOf(media)?.attempts === 2))
    report(`a killed worker's job started again after ${again.at - killedAt} ms`)
    expect(again.at - killedAt).toBeLessThan(15_000)
    await subscription.completion
    expect(webmOf(subscription.observations.at(-1)?.media as Progress)).toMatchObject({ status: 'READY', attempts: 2 })
    await vi.waitFor(async () => expect(await findLeftovers()).toEqual(noLeftovers), { timeout: 6000, interval: 50 })
  })

  it('hand a job on at once when its worker is told to stop', async () => {
    const worker = await startWorker()
    const subscription = follow(ada, await upload(ada, clip))
    await waitUntilUnderWay(subscription)
    const signalledAt = Date.now()
    expect(await worker.end('SIGTERM')).toBe(0)
    report(`a worker under way ended ${Date.now() - signalledAt} ms after SIGTERM`)
    expect(await findLeftovers()).toEqual(noLeftovers)
    await waitFor(() =>
      subscription.observations.some(
        ({ media }) => webmOf(media)?.status === 'QUEUED' && statuses(subscription).length > 2,
      ),
    )
    const { media } = await ada.send(MediaDocument, { id: subscription.mediaId })
    expect(media?.renditions.find(({ profile }) => profile === 'WEBM')).toMatchObject({ status: 'QUEUED', percent: 0 })
    const startedAt = Date.now()
    await startWorker()
    const again = await waitFor(() => subscription.observations.find(({ media }) => webmOf(media)?.attempts === 2))
    report(`the next worker took it up ${again.at - startedAt} ms after its own start began`)
    expect(again.at - startedAt).toBeLessThan(10_000)
    await subscription.completion
    expect(statuses(subscription)).toEqual(['QUEUED', 'PROCESSING', 'QUEUED', 'PROCESSING', 'READY'])
  })

  it('go on while Redis is away, and followers catch up within 5 s of its return', async () => {
    await startWorker()
    const subscription = follow(ada, await upload(ada, clip))
    await waitUntilUnderWay(subscription)
    await redis.stop()
    // Queries, uploads, new subscriptions and the conversion go on meanwhile.
    const second = await upload(ada, Buffer.from('Written while Redis was away.'), 'notes.txt')
    const late = follow(ada, second)
    await late.completion
    expect(late.observations.at(-1)?.media.status).toBe('READY')
    await vi.waitFor(
      async () => {
        const { media } = await ada.send(MediaDocument, { id: subscription.mediaId })
        expect(media?.renditions.map(({ status }) => status)).toEqual(['READY', 'READY'])
      },
      { timeout: 40_000, interval: 200 },
    )
    const restoredAt = Date.now()
    await redis.start()
    await subscription.completion
    report(`a follower knew the end ${Date.now() - restoredAt} ms after Redis was back`)
    expect(Date.now() - restoredAt).toBeLessThan(5000)
    expect(statuses(subscription).at(-1)).toBe('READY')
    // And it is live again.
    const third = follow(ada, await upload(ada, clip.subarray(0, 1000)))
    await third.completion
    expect(third.observations.at(-1)?.media.status).toBe('FAILED')
  })

  it('end with 0 when the API is told to stop while sockets are open', async () => {
    const port = String(await freePort())
    const other = await startProcess('src/server.ts', { ...env, PORT: port }, 'serves')
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
    const closed = new Promise((resolve) => socket.on('close', (code) => resolve(code)))
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${await tokenOf()}` } }))
    await once(socket, 'message')
    const signalledAt = Date.now()
    expect(await other.end('SIGTERM')).toBe(0)
    report(`an API with an open socket ended ${Date.now() - signalledAt} ms after SIGTERM`)
    expect(Date.now() - signalledAt).toBeLessThan(25_000)
    expect(await closed).toBe(1001)
  })
})

describe('a worker of its own', () => {
  it('joins the embedded database of the API on the same data directory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mediagraph-embedded-'))
    const { DATABASE_URL: _url, DATABASE_OWNER_URL: _owner, ...embedded } = env
    const own = { ...embedded, DATA_DIR: folder, PORT: String(await freePort()) }
    const server = await startProcess('src/server.ts', own, 'serves')
    const client = await clientOf(own['PORT'])
    try {
      workers.push(await startProcess('worker/worker.ts', own, 'takes jobs'))
      const subscription = follow(client, await upload(client, Buffer.from('Some words.'), 'notes.txt'))
      await subscription.completion
      expect(subscription.observations.at(-1)?.media.status).toBe('READY')
      expect(await workers[0]?.end('SIGTERM')).toBe(0)
    } finally {
      await client.close()
      expect(await server.end('SIGTERM')).toBe(0)
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('refuses to start without Redis, and says what to do', async () => {
    const { REDIS_URL: _url, ...envWithoutRedis } = env
    await expect(startProcess('worker/worker.ts', envWithoutRedis, 'takes jobs')).rejects.toThrow(
      /ended with 1.*REDIS_URL: /s,
    )
  })
})
