import { setTimeout as sleep } from 'node:timers/promises'
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
import type { PublishRequest } from './processes/publisher.ts'
import type { ReceivedProgress, SubscribersRequest } from './processes/subscribers.ts'
import { seedMediaRows } from './seed.ts'
import { type Helper, openWorld, type World } from './world.ts'

export const title = 'live: delay from a worker’s publish to the frame at each of 200 WebSocket subscribers'

const subscriberCount = 200
const rounds = 3
const messages = 80
const intervalMs = 100
const limitMs = 100
/** Number of media that the subscribers share: one that all of them watch, and the 20 of a normal school day. */
const mediaCounts = [1, 20]

interface Round {
  /** Delay per message and subscriber until it received this percentage, or a newer one instead. */
  delaysMs: number[]
  /** Share of messages that arrived as a separate frame. The others were coalesced with newer ones. */
  frameShare: number
  lostCount: number
}

const evaluateRound = (publishedMs: number[], frames: ReceivedProgress[]): Round => {
  const delaysMs: number[] = []
  const numbers = frames.map(({ percent }) => Math.round((percent * (messages + 2)) / 100) - 1)
  let next = 0
  let lostCount = 0
  for (const [n, sentMs] of publishedMs.entries()) {
    while (next < numbers.length && (numbers[next] ?? 0) < n) next += 1
    const frame = frames[next]
    if (frame === undefined) lostCount += 1
    else delaysMs.push(frame.atMs - sentMs)
  }
  return { delaysMs, frameShare: new Set(numbers).size / publishedMs.length, lostCount }
}

const measure = async (world: World, publisher: Helper, mediaIds: string[]): Promise<Round> => {
  const subscribers = await world.forkHelper('subscribers')
  const subscribedIds = Array.from({ length: subscriberCount }, (_, index) => mediaIds[index % mediaIds.length] ?? '')
  const url = world.graphqlUrl.replace(/^http/, 'ws')
  const openRequest: SubscribersRequest = { type: 'open', url, token: await world.token(), mediaIds: subscribedIds }
  await subscribers.call(openRequest)
  await sleep(500)
  const publishRequest: PublishRequest = { mediaIds, messages, intervalMs }
  const publishTimesMs = await publisher.call<number[][]>(publishRequest)
  await sleep(1000)
  const collectRequest: SubscribersRequest = { type: 'collect' }
  const framesOfSubscribers = await subscribers.call<ReceivedProgress[][]>(collectRequest)
  await subscribers.stop()
  const rounds = framesOfSubscribers.map((frames, index) =>
    evaluateRound(publishTimesMs[index % mediaIds.length] ?? [], frames),
  )
  return {
    delaysMs: rounds.flatMap(({ delaysMs }) => delaysMs),
    frameShare: rounds.reduce((sum, { frameShare }) => sum + frameShare, 0) / rounds.length,
    lostCount: rounds.reduce((sum, { lostCount }) => sum + lostCount, 0),
  }
}

const prepareMedia = async ({ database }: World): Promise<string[]> => {
  await database.query(`
    UPDATE "Rendition" SET status = 'PROCESSING', percent = 0 FROM "Media"
    WHERE profile = 'WEBM' AND "versionId" = "currentVersionId"`)
  const { rows } = await database.query('SELECT id FROM "Media" ORDER BY id')
  return rows.map(({ id }) => id)
}

const figuresOf = (mode: string, mediaCount: number, results: Round[]): Figure[] => {
  const name = `${mode}, ${mediaCount} media at ${1000 / intervalMs} messages/s`
  const p99 = results.map(({ delaysMs }) => percentile(delaysMs, 0.99))
  const all = results.flatMap(({ delaysMs }) => delaysMs)
  const frameShare = median(results.map((result) => result.frameShare))
  const lostCount = results.reduce((sum, result) => sum + result.lostCount, 0)
  const details = [
    `p50 ${formatNumber(percentile(all, 0.5))} ms`,
    `max ${formatNumber(percentile(all, 1))} ms`,
    `${all.length} received`,
  ]
  return [
    { ...atMost(`${name}: p99`, median(p99), limitMs, ' ms', ` (median of ${formatValues(p99)})`) },
    informational(
      '  all rounds',
      [...details, `${lostCount} lost`, `${formatNumber(frameShare * 100)} % as separate frames`].join(', '),
    ),
  ]
}

const runMode = async (mode: string, redisUrl: string): Promise<Figure[]> => {
  await using world = await openWorld()
  await seedMediaRows(world.database, Math.max(...mediaCounts))
  const mediaIds = await prepareMedia(world)
  const env = { REDIS_URL: redisUrl }
  if (redisUrl !== '') await world.serve('src/server.ts', env)
  const publisher = await world.forkHelper('publisher', env)
  await measure(world, publisher, mediaIds.slice(0, 1)) // warm-up: compiles the code
  const results = new Map(mediaCounts.map((count): [number, Round[]] => [count, []]))
  for (let round = 0; round < rounds; round++)
    for (const count of mediaCounts) {
      const result = await measure(world, publisher, mediaIds.slice(0, count))
      logProgress(`${mode}, ${count} media: p99 ${formatNumber(percentile(result.delaysMs, 0.99))} ms`)
      results.get(count)?.push(result)
    }
  return [...results].flatMap(([count, samples]) => figuresOf(mode, count, samples))
}

export const run = async (): Promise<Figure[]> => {
  const redis = await startRedis()
  try {
    return [...(await runMode('memory', '')), ...(await runMode('Redis', redis.url))]
  } finally {
    await redis.stop()
  }
}
