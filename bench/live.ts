import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from '../test/harness/redis.ts'
import { atMost, type Figure, forTheRecord, median, percentile, say, shown, spread } from './figures.ts'
import type { PublishQuestion } from './processes/publisher.ts'
import type { Sighting, SubscribersQuestion } from './processes/subscribers.ts'
import { seedLibrary } from './seed.ts'
import { type Helper, openWorld, type World } from './world.ts'

export const title = 'pubsub: from a worker’s publish to the frame at each of 200 subscribers (WebSocket)'

const subscriberCount = 200
const rounds = 3
const messages = 80
const intervalMs = 100
const limitMs = 100
/** One media that everybody looks at, and a school's ordinary day. */
const spreads = [1, 20]

interface Round {
  /** For each message and subscriber: until it saw this percent, or a newer one in its place. */
  delaysMs: number[]
  /** Messages that came as a frame of their own; the others were overtaken by newer ones. */
  frameShare: number
  lost: number
}

const assess = (publishedMs: number[], seen: Sighting[]): Round => {
  const delaysMs: number[] = []
  const numbers = seen.map(({ percent }) => Math.round((percent * (messages + 2)) / 100) - 1)
  let next = 0
  let lost = 0
  for (const [n, sentMs] of publishedMs.entries()) {
    while (next < numbers.length && (numbers[next] ?? 0) < n) next += 1
    const frame = seen[next]
    if (frame === undefined) lost += 1
    else delaysMs.push(frame.atMs - sentMs)
  }
  return { delaysMs, frameShare: new Set(numbers).size / publishedMs.length, lost }
}

const measure = async (world: World, publisher: Helper, mediaIds: string[]): Promise<Round> => {
  const subscribers = await world.helper('subscribers')
  const followed = Array.from({ length: subscriberCount }, (_, index) => mediaIds[index % mediaIds.length] ?? '')
  const url = world.graphqlUrl.replace(/^http/, 'ws')
  const opening: SubscribersQuestion = { type: 'open', url, token: await world.token(), mediaIds: followed }
  await subscribers.ask(opening)
  await sleep(500)
  const question: PublishQuestion = { mediaIds, messages, intervalMs }
  const published = await publisher.ask<number[][]>(question)
  await sleep(1000)
  const collecting: SubscribersQuestion = { type: 'collect' }
  const seen = await subscribers.ask<Sighting[][]>(collecting)
  await subscribers.stop()
  const rounds = seen.map((sightings, index) => assess(published[index % mediaIds.length] ?? [], sightings))
  return {
    delaysMs: rounds.flatMap(({ delaysMs }) => delaysMs),
    frameShare: rounds.reduce((sum, { frameShare }) => sum + frameShare, 0) / rounds.length,
    lost: rounds.reduce((sum, { lost }) => sum + lost, 0),
  }
}

const mediaBeingMade = async ({ database }: World): Promise<string[]> => {
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
  const lost = results.reduce((sum, result) => sum + result.lost, 0)
  const rest = [`p50 ${shown(percentile(all, 0.5))} ms`, `max ${shown(percentile(all, 1))} ms`, `${all.length} seen`]
  return [
    { ...atMost(`${name}: p99`, median(p99), limitMs, ' ms', ` (median of ${spread(p99)})`) },
    forTheRecord('  all rounds', [...rest, `${lost} lost`, `${shown(frameShare * 100)} % as own frames`].join(', ')),
  ]
}

const runMode = async (mode: string, redisUrl: string): Promise<Figure[]> => {
  await using world = await openWorld()
  await seedLibrary(world.database, Math.max(...spreads))
  const mediaIds = await mediaBeingMade(world)
  const env = { REDIS_URL: redisUrl }
  if (redisUrl !== '') await world.serve('src/server.ts', env)
  const publisher = await world.helper('publisher', env)
  await measure(world, publisher, mediaIds.slice(0, 1)) // until everything is compiled
  const results = new Map(spreads.map((count): [number, Round[]] => [count, []]))
  for (let round = 0; round < rounds; round++)
    for (const count of spreads) {
      const result = await measure(world, publisher, mediaIds.slice(0, count))
      say(`${mode}, ${count} media: p99 ${shown(percentile(result.delaysMs, 0.99))} ms`)
      results.get(count)?.push(result)
    }
  return [...results].flatMap(([count, found]) => figuresOf(mode, count, found))
}

export const run = async (): Promise<Figure[]> => {
  const redis = await startRedis()
  try {
    return [...(await runMode('memory', '')), ...(await runMode('Redis', redis.url))]
  } finally {
    await redis.stop()
  }
}
