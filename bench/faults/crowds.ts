import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from '../../test/harness/redis.ts'
import { atLeast, atMost, type Figure, formatNumber, informational, logProgress, percentile } from '../figures.ts'
import type {
  CloseRequest,
  FloodReply,
  FloodRequest,
  ResumeRequest,
  SlowHeadersRequest,
  SocketsReply,
  SocketsRequest,
  StallRequest,
} from '../processes/crowd.ts'
import type { WriteRequest } from '../processes/eventWriter.ts'
import { seedMediaRows } from '../seed.ts'
import { type Helper, openWorld, readResidentBytes, type World } from '../world.ts'

export const title = 'crowds: consumers that stop reading, floods of operations and of sockets, headers that never end'

const consumers = 10
const stalledSeconds = 45
const maxMegabytesPerConsumer = 32
const floodRounds = 30
const operationsPerFlood = 10_000
const quietMs = 4000
const maxFloodP99Ms = 250
const userSockets = 1000
const socketsPerUser = 50
const slowConnections = 200
const maxSlowSeconds = 20

const socketUrlOf = ({ graphqlUrl }: World): string => graphqlUrl.replace(/^http/, 'ws')

/** Queries one after the other until it is stopped. Returns the duration of each call. */
const startProbe = async (world: World) => {
  const token = await world.token('viewer')
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ query: '{ mediaList(first: 20) { nodes { id title } } }' })
  const durationsMs: number[] = []
  const controller = new AbortController()
  const probe = async (): Promise<void> => {
    while (!controller.signal.aborted) {
      const startedAt = performance.now()
      const response = await fetch(world.graphqlUrl, { method: 'POST', headers, body })
      const text = await response.text()
      if (!text.includes('"nodes"')) throw new Error(`The probe was answered with: ${text}`)
      durationsMs.push(performance.now() - startedAt)
    }
  }
  const running = probe()
  return async (): Promise<number[]> => {
    controller.abort()
    await running
    return durationsMs
  }
}

const measureQuiet = async (world: World): Promise<number[]> => {
  const stop = await startProbe(world)
  await sleep(quietMs)
  return stop()
}

const measureFlood = async (world: World, crowd: Helper): Promise<Figure[]> => {
  const { rows } = await world.database.query('SELECT id FROM "Media" LIMIT 1')
  await world.database.query(`UPDATE "Rendition" SET status = 'PROCESSING', percent = 0 WHERE profile = 'WEBM'`)
  const floodRequest = {
    type: 'flood',
    url: socketUrlOf(world),
    token: await world.token(),
    count: operationsPerFlood,
    query: 'subscription ($ids: [ID!]!) { mediaProgress(ids: $ids) { status renditions { profile percent } } }',
    variables: { ids: [`Media:${rows[0]?.id}`] },
  } satisfies FloodRequest
  await measureQuiet(world) // warm-up: compiles the code
  const quietP99 = percentile(await measureQuiet(world), 0.99)
  const stop = await startProbe(world)
  const replies: FloodReply[] = []
  for (let round = 0; round < floodRounds; round++) replies.push(await crowd.call<FloodReply>(floodRequest))
  const floodMs = await stop()
  const p99 = percentile(floodMs, 0.99)
  const closedCount = replies.filter(({ closeCode }) => closeCode === 4429).length
  return [
    atMost(
      `query beside ${operationsPerFlood} subscribes on one socket: p99`,
      p99,
      Math.max(maxFloodP99Ms, 3 * quietP99),
      ' ms',
      ` (quiet: ${formatNumber(quietP99)} ms; max ${formatNumber(Math.max(...floodMs))} ms, ${floodMs.length} calls)`,
    ),
    atLeast(`  of ${floodRounds} flooding sockets, closed with 4429`, closedCount, floodRounds, ''),
    informational('  refused operations per socket', replies.map(({ refusalCount }) => refusalCount).join(' ')),
  ]
}

const measureSockets = async (world: World, crowd: Helper, other: Helper): Promise<Figure[]> => {
  const request = { type: 'sockets', url: socketUrlOf(world) } as const
  const startedAt = performance.now()
  const { acceptedCount, closeCodes } = await crowd.call<SocketsReply>({
    ...request,
    token: await world.token(),
    count: userSockets,
  } satisfies SocketsRequest)
  const seconds = (performance.now() - startedAt) / 1000
  const others = await other.call<SocketsReply>({
    ...request,
    token: await world.token('admin'),
    count: 1,
  } satisfies SocketsRequest)
  const distinctCodes = [...new Set(closeCodes)].join(', ')
  return [
    atMost(
      `of ${userSockets} sockets of one user, accepted`,
      acceptedCount,
      socketsPerUser,
      '',
      ` (in ${formatNumber(seconds)} s; the others closed with ${distinctCodes || 'none'})`,
    ),
    atLeast('  sockets of another user accepted meanwhile', others.acceptedCount, 1, ''),
  ]
}

const sampleMaxBytes = (pid: number) => {
  let maxBytes = 0
  const sample = async (): Promise<void> => {
    maxBytes = Math.max(maxBytes, (await readResidentBytes(pid)) ?? 0)
  }
  const timer = setInterval(sample, 250)
  return (): number => {
    clearInterval(timer)
    return maxBytes
  }
}

/** A field with a long alias, 25 times: events of about 250 kB. Forty of them stay below the limit of the buffer. */
const longQuery = (): string => {
  const aliases = Array.from({ length: 25 }, (_, index) => `a${index}${'x'.repeat(10_000)}: cursor`)
  return `subscription { events { ${aliases.join(' ')} } }`
}

const measureStalls = async (world: World, crowd: Helper, writer: Helper, pid: number): Promise<Figure[]> => {
  const open = async (reads: boolean): Promise<void> => {
    await crowd.call({
      type: 'stall',
      reads,
      url: socketUrlOf(world),
      token: await world.token('admin'),
      count: consumers,
      subscriptions: 40,
      query: longQuery(),
    } satisfies StallRequest)
    await sleep(1000)
    await writer.call({ events: 10, intervalMs: 300 } satisfies WriteRequest)
  }
  // The same load for consumers that read: memory that they make the process reserve is not due to the stall.
  const idleBytes = (await readResidentBytes(pid)) ?? Number.NaN
  await open(true)
  await crowd.call({ type: 'close' } satisfies CloseRequest)
  const beforeBytes = (await readResidentBytes(pid)) ?? Number.NaN
  const stopSampling = sampleMaxBytes(pid)
  await open(false)
  await sleep(stalledSeconds * 1000)
  const codes = await crowd.call<number[]>({ type: 'resume' } satisfies ResumeRequest)
  const maxBytes = stopSampling()
  const growthBytes = maxBytes - beforeBytes
  return [
    atLeast(
      `of ${consumers} consumers that stop reading for ${stalledSeconds} s, closed with 4413`,
      codes.filter((code) => code === 4413).length,
      consumers,
      '',
      ` (codes: ${[...new Set(codes)].join(', ')})`,
    ),
    atMost('  memory of the API per consumer', growthBytes / consumers / 1e6, maxMegabytesPerConsumer, ' MB'),
    informational(
      '  memory of the API: idle, after the same load for readers, with stalled consumers',
      [idleBytes, beforeBytes, maxBytes].map((bytes) => `${formatNumber(bytes / 1e6)} MB`).join(', '),
    ),
  ]
}

const measureSlowHeaders = async (world: World, crowd: Helper): Promise<Figure[]> => {
  const seconds = await crowd.call<number[]>({
    type: 'slowHeaders',
    port: Number(new URL(world.origin).port),
    count: slowConnections,
  } satisfies SlowHeadersRequest)
  return [
    atMost(
      `longest of ${slowConnections} connections whose headers never end`,
      Math.max(...seconds),
      maxSlowSeconds,
      ' s',
    ),
  ]
}

export const run = async (): Promise<Figure[]> => {
  const redis = await startRedis()
  try {
    await using world = await openWorld()
    await seedMediaRows(world.database, 100)
    const env = { REDIS_URL: redis.url, SOCKETS_PER_USER: String(socketsPerUser) }
    const api = await world.serve('src/server.ts', env)
    const [first, second] = [await world.forkHelper('crowd'), await world.forkHelper('crowd')]
    const figures = await measureFlood(world, first)
    logProgress('flood of operations done')
    figures.push(...(await measureSockets(world, first, second)))
    logProgress('flood of sockets done')
    await first.stop()
    await second.stop()
    const [readers, senders] = [await world.forkHelper('crowd'), await world.forkHelper('crowd')]
    const writer = await world.forkHelper('eventWriter', env)
    const [stalls, slowHeaders] = await Promise.all([
      measureStalls(world, readers, writer, api.pid),
      measureSlowHeaders(world, senders),
    ])
    return [...figures, ...stalls, ...slowHeaders]
  } finally {
    await redis.stop()
  }
}
