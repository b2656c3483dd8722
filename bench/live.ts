import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeToken } from '../src/adapters/auth.ts'
import { startRedis } from '../test/harness/redis.ts'
import {
  atMost,
  type Figure,
  formatNumber,
  formatValues,
  informational,
  logProgress,
  median,
  percentile,
} from './figures.ts'
import { type Memory, memoryFiguresOf } from './live/memory.ts'
import { intervalMs, measureRound, type Round } from './live/round.ts'
import { type Product, startBareBroadcast, startProcesses, startProduct } from './live/servers.ts'
import { seedMediaRows } from './seed.ts'
import { openWorld, type World } from './world.ts'

const subscriberCount = 1000
const rounds = 3
const limits = { p99Ms: 100, cpuRatio: 2 }

export const title = `live: delay, CPU and memory of ${subscriberCount} WebSocket subscribers with tokens of their own`

interface Comparison {
  product: Round[]
  bare: Round[]
  streams: Round
  memory: Memory | null
}

interface Mode {
  name: string
  start(world: World, mediaIds: string[]): Promise<Product>
}

const prepareMedia = async ({ database }: World): Promise<string[]> => {
  await seedMediaRows(database, 1)
  await database.query(`
    UPDATE "Rendition" SET status = 'PROCESSING', percent = 0 FROM "Media"
    WHERE profile = 'WEBM' AND "versionId" = "currentVersionId"`)
  const { rows } = await database.query<{ id: string }>('SELECT id FROM "Media"')
  return rows.map(({ id }) => id)
}

/** Creates a token of an own user for each subscriber. */
const createTokens = ({ env }: World): Promise<string[]> =>
  Promise.all(
    Array.from({ length: subscriberCount }, (_, n) =>
      makeToken(env['AUTH_JWT_SECRET'] ?? '', {
        sub: `subscriber-${n}`,
        name: `Subscriber ${n}`,
        role: 'editor',
        kind: 'person',
        expires: '12h',
      }),
    ),
  )

const compare = async ({ name, start }: Mode): Promise<Comparison> => {
  await using world = await openWorld()
  const mediaIds = await prepareMedia(world)
  const tokens = await createTokens(world)
  const product = await start(world, mediaIds)
  const { measureMemory } = product
  const bareOf = await startBareBroadcast(world, mediaIds)
  const warmUp = await measureRound(world, product, tokens) // compiles the code and creates the users
  await measureRound(world, bareOf(warmUp.frameBytes), tokens)
  await sleep(1000)
  const before = await measureMemory?.()
  let idle = before
  const comparison: Pick<Comparison, 'product' | 'bare'> = { product: [], bare: [] }
  for (let round = 0; round < rounds; round++) {
    const result = await measureRound(world, product, tokens, async () => {
      if (round === 0) idle = await measureMemory?.()
    })
    const bare = await measureRound(world, bareOf(result.frameBytes), tokens)
    logProgress(
      `${name}: p99 ${formatNumber(percentile(result.delaysMs, 0.99))} ms, ${formatNumber(result.cpuMicroseconds ?? Number.NaN)} µs per frame; bare ${formatNumber(percentile(bare.delaysMs, 0.99))} ms, ${formatNumber(bare.cpuMicroseconds ?? Number.NaN)} µs`,
    )
    comparison.product.push(result)
    comparison.bare.push(bare)
  }
  await sleep(1000)
  const after = await measureMemory?.()
  const streams = await measureRound(world, { ...product, urls: [product.streamUrl] }, tokens)
  return { ...comparison, streams, memory: before && idle && after ? { before, idle, after } : null }
}

const p99Of = (results: Round[]): number[] => results.map(({ delaysMs }) => percentile(delaysMs, 0.99))
const cpuOf = (results: Round[]): number[] => results.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? [])

const figuresOf = (name: string, { product, bare, streams, memory }: Comparison): Figure[] => {
  const [p99, cpu, bareCpu] = [p99Of(product), cpuOf(product), cpuOf(bare)]
  const lostCount = product.reduce((sum, round) => sum + round.lostCount, 0)
  const frameShare = median(product.map((round) => round.frameShare))
  const ratio = median(cpu) / median(bareCpu)
  const cpuNote = ` (${formatValues(cpu)}; bare ${formatValues(bareCpu)} µs)`
  return [
    atMost(`${name}, ${1000 / intervalMs} events/s: p99`, median(p99), limits.p99Ms, ' ms', ` (${formatValues(p99)})`),
    informational('  bare broadcast: p99', `${formatNumber(median(p99Of(bare)))} ms (${formatValues(p99Of(bare))})`),
    informational(
      '  frames',
      `${formatNumber(frameShare * 100)} % of events as separate frames of ${product[0]?.frameBytes} bytes, ${lostCount} lost`,
    ),
    atMost('  CPU per frame, compared with the bare broadcast', ratio, limits.cpuRatio, ' ×', cpuNote),
    informational(
      '  event streams in place of WebSockets',
      `p99 ${formatValues(p99Of([streams]))} ms, ${formatValues(cpuOf([streams]))} µs of CPU per event, ${streams.lostCount} lost`,
    ),
    ...(memory === null ? [] : memoryFiguresOf(memory, subscriberCount)),
  ]
}

export const run = async (): Promise<Figure[]> => {
  const redis = await startRedis()
  const modes: Mode[] = [
    { name: 'one process', start: startProduct },
    {
      name: 'API_PROCESSES=2',
      start: (world, mediaIds) => startProcesses(world, mediaIds, { redisUrl: redis.url, processes: 2 }),
    },
  ]
  try {
    const figures: Figure[] = []
    for (const mode of modes) figures.push(...figuresOf(mode.name, await compare(mode)))
    const load = formatValues(loadavg())
    return [...figures, informational('machine', `${availableParallelism()} cores, load ${load}`)]
  } finally {
    await redis.stop()
  }
}
