import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type Client, createClient, sendBytes } from '../../client/client.ts'
import { MediaDocument, MediaProgressDocument } from '../../client/generated/documents.ts'
import { makeToken } from '../../src/adapters/auth.ts'
import { findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { it as base } from '../harness/databaseIt.ts'
import { freePort } from '../harness/port.ts'
import { findProcesses, startProcess, type TestProcess } from '../harness/processes.ts'
import { startRedis } from '../harness/redis.ts'
import { createTicket } from '../harness/tickets.ts'
import { type Progress, testSecret } from '../harness/world.ts'

// API and workers in separate processes over a real Redis, also when one of them is stopped or killed.

/** Creates a video that takes some seconds to convert to WebM, and little time to any other rendition. */
const makeClip = async (folder: string): Promise<Buffer> => {
  const { ffmpegPath } = await findFfmpegBinaries({})
  const path = join(folder, 'clip.mp4')
  const source = 'testsrc2=size=640x360:rate=24:duration=6'
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path]
  await promisify(execFile)(ffmpegPath, ['-v', 'error', '-f', 'lavfi', '-i', source, ...encode])
  return readFile(path)
}

const createToken = () =>
  makeToken(testSecret, { sub: 'ada', name: 'Ada', role: 'editor', kind: 'person', expires: '1h' })

const openClient = async (env: Record<string, string>): Promise<Client> =>
  createClient({ url: `http://127.0.0.1:${env['PORT']}/graphql`, token: await createToken() })

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('redis', { scope: 'file' }, async ({}, { onCleanup }) => {
    const redis = await startRedis()
    onCleanup(() => redis.stop())
    return redis
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('dataDir', { scope: 'file' }, async ({}, { onCleanup }) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-processes-'))
    onCleanup(() => rm(dataDir, { recursive: true, force: true }))
    return dataDir
  })
  .extend('clip', { scope: 'file' }, ({ dataDir }) => makeClip(dataDir))
  .extend(
    'env',
    { scope: 'file' },
    async ({ dataDir, testDatabase, redis }): Promise<Record<string, string>> => ({
      NODE_ENV: 'test',
      PORT: String(await freePort()),
      DATA_DIR: dataDir,
      DATABASE_URL: testDatabase.appUrl,
      DATABASE_OWNER_URL: testDatabase.ownerUrl,
      REDIS_URL: redis.url,
      AUTH_JWT_SECRET: testSecret,
      WORKER_CONCURRENCY: '2',
    }),
  )
  /** Client of an API server that runs until the end of the file. */
  .extend('ada', { scope: 'file' }, async ({ env }, { onCleanup }) => {
    const api = await startProcess('src/server.ts', env, 'Listening')
    const client = await openClient(env)
    onCleanup(async () => {
      await client.close()
      await api.end('SIGKILL')
    })
    return client
  })
  /** Starts a worker that runs until the end of the test. */
  .extend('startWorker', ({ env }, { onCleanup }) => {
    const workers: TestProcess[] = []
    onCleanup(async () => {
      await Promise.all(workers.map((worker) => worker.end('SIGKILL')))
    })
    return async (workerEnv = env): Promise<TestProcess> => {
      const worker = await startProcess('worker/worker.ts', workerEnv, 'Started to run jobs')
      workers.push(worker)
      return worker
    }
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

const subscribe = (client: Client, mediaId: string): Subscription => {
  const observations: Observation[] = []
  const run = async () => {
    for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] }))
      observations.push({ at: Date.now(), media: mediaProgress })
  }
  return { mediaId, observations, completion: run() }
}

const webmOf = ({ renditions }: Progress) => renditions.find(({ profile }) => profile === 'WEBM')

const waitFor = <Value>(find: () => Value | undefined | null | false, timeout = 30_000): Promise<Value> =>
  vi.waitUntil(find, { timeout, interval: 20 }) as Promise<Value> // as: waitUntil resolves to a truthy value

/** Waits until more than 5 % of the WebM is converted. */
const waitUntilUnderWay = ({ observations }: Subscription) =>
  waitFor(() =>
    observations.find(({ media }) => webmOf(media)?.status === 'PROCESSING' && (webmOf(media)?.percent ?? 0) > 5),
  )

const statuses = ({ observations }: Subscription): string[] => {
  const all = observations.flatMap(({ media }) => webmOf(media)?.status ?? [])
  return all.filter((status, index) => status !== all[index - 1])
}

const findLeftovers = async (dataDir: string) => ({
  processes: await findProcesses(dataDir),
  folders: await readdir(join(dataDir, 'work')).catch(() => []),
})
const noLeftovers = { processes: [], folders: [] }

const report = (text: string) => process.stdout.write(`  ${text}\n`)

describe('API and worker in separate processes', () => {
  it('report live progress of a conversion over Redis', async ({ startWorker, ada, clip }) => {
    await startWorker()
    const subscription = subscribe(ada, await upload(ada, clip))
    await subscription.completion
    expect(statuses(subscription).at(-1)).toBe('READY')
    const percents = subscription.observations.map(({ media }) => webmOf(media)?.percent ?? 0)
    expect(percents).toEqual(percents.toSorted((a, b) => a - b))
    expect(new Set(percents.filter((percent) => percent > 0 && percent < 100)).size).toBeGreaterThan(3)
  })

  it('restart the job of a killed worker within 15 s without leftovers', async ({
    dataDir,
    startWorker,
    ada,
    clip,
  }) => {
    const worker = await startWorker()
    const subscription = subscribe(ada, await upload(ada, clip))
    await waitUntilUnderWay(subscription)
    expect((await findLeftovers(dataDir)).processes.length).toBeGreaterThan(0)
    const killedAt = Date.now()
    await worker.end('SIGKILL')
    // Its ffmpeg ends by itself, before another worker starts.
    await vi.waitFor(async () => expect((await findLeftovers(dataDir)).processes).toEqual([]), {
      timeout: 3000,
      interval: 50,
    })
    await startWorker()
    const restarted = await waitFor(() => subscription.observations.find(({ media }) => webmOf(media)?.attempts === 2))
    report(`a killed worker's job restarted after ${restarted.at - killedAt} ms`)
    expect(restarted.at - killedAt).toBeLessThan(15_000)
    await subscription.completion
    expect(webmOf(subscription.observations.at(-1)?.media as Progress)).toMatchObject({ status: 'READY', attempts: 2 })
    await vi.waitFor(async () => expect(await findLeftovers(dataDir)).toEqual(noLeftovers), {
      timeout: 6000,
      interval: 50,
    })
  })

  it('return a job to the queue at once when its worker gets SIGTERM', async ({ dataDir, startWorker, ada, clip }) => {
    const worker = await startWorker()
    const subscription = subscribe(ada, await upload(ada, clip))
    await waitUntilUnderWay(subscription)
    const signalledAt = Date.now()
    expect(await worker.end('SIGTERM')).toBe(0)
    report(`a busy worker ended ${Date.now() - signalledAt} ms after SIGTERM`)
    expect(await findLeftovers(dataDir)).toEqual(noLeftovers)
    await waitFor(() =>
      subscription.observations.some(
        ({ media }) => webmOf(media)?.status === 'QUEUED' && statuses(subscription).length > 2,
      ),
    )
    const { media } = await ada.send(MediaDocument, { id: subscription.mediaId })
    expect(media?.renditions.find(({ profile }) => profile === 'WEBM')).toMatchObject({ status: 'QUEUED', percent: 0 })
    const startedAt = Date.now()
    await startWorker()
    const restarted = await waitFor(() => subscription.observations.find(({ media }) => webmOf(media)?.attempts === 2))
    report(`the next worker took the job ${restarted.at - startedAt} ms after its start began`)
    expect(restarted.at - startedAt).toBeLessThan(10_000)
    await subscription.completion
    expect(statuses(subscription)).toEqual(['QUEUED', 'PROCESSING', 'QUEUED', 'PROCESSING', 'READY'])
  })

  it('keep working without Redis until subscribers catch up within 5 s of its return', async ({
    redis,
    startWorker,
    ada,
    clip,
  }) => {
    await startWorker()
    const subscription = subscribe(ada, await upload(ada, clip))
    await waitUntilUnderWay(subscription)
    await redis.stop()
    // Queries, uploads, new subscriptions and the conversion continue meanwhile.
    const second = await upload(ada, Buffer.from('Written while Redis was down.'), 'notes.txt')
    const late = subscribe(ada, second)
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
    report(`a subscriber got the final state ${Date.now() - restoredAt} ms after Redis was back`)
    expect(Date.now() - restoredAt).toBeLessThan(5000)
    expect(statuses(subscription).at(-1)).toBe('READY')
    // Live updates work again.
    const third = subscribe(ada, await upload(ada, clip.subarray(0, 1000)))
    await third.completion
    expect(third.observations.at(-1)?.media.status).toBe('FAILED')
  })

  it('exit with 0 if the API gets SIGTERM while sockets are open', async ({ env }) => {
    const port = String(await freePort())
    const other = await startProcess('src/server.ts', { ...env, PORT: port }, 'Listening')
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
    const closed = new Promise((resolve) => socket.on('close', (code) => resolve(code)))
    await once(socket, 'open')
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${await createToken()}` } }),
    )
    await once(socket, 'message')
    const signalledAt = Date.now()
    expect(await other.end('SIGTERM')).toBe(0)
    report(`an API with an open socket ended ${Date.now() - signalledAt} ms after SIGTERM`)
    expect(Date.now() - signalledAt).toBeLessThan(25_000)
    expect(await closed).toBe(1001)
  })
})

describe('a worker in a separate process', () => {
  it('joins the embedded database of the API through the data directory', async ({ env, startWorker }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mediagraph-embedded-'))
    const { DATABASE_URL: _url, DATABASE_OWNER_URL: _owner, ...embedded } = env
    const embeddedEnv = { ...embedded, DATA_DIR: folder, PORT: String(await freePort()) }
    const server = await startProcess('src/server.ts', embeddedEnv, 'Listening')
    const client = await openClient(embeddedEnv)
    try {
      const worker = await startWorker(embeddedEnv)
      const subscription = subscribe(client, await upload(client, Buffer.from('Some words.'), 'notes.txt'))
      await subscription.completion
      expect(subscription.observations.at(-1)?.media.status).toBe('READY')
      expect(await worker.end('SIGTERM')).toBe(0)
    } finally {
      await client.close()
      expect(await server.end('SIGTERM')).toBe(0)
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('refuses to start without Redis with the name of the variable', async ({ env }) => {
    const { REDIS_URL: _url, ...envWithoutRedis } = env
    await expect(startProcess('worker/worker.ts', envWithoutRedis, 'Started to run jobs')).rejects.toThrow(
      /exited with 1.*REDIS_URL: /s,
    )
  })
})
