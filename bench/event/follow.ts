import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from '../../test/harness/redis.ts'
import {
  atMost,
  type Figure,
  formatNumber,
  formatValues,
  informational,
  logProgress,
  median,
  percentile,
} from '../figures.ts'
import type { FollowersRequest, ReceivedEvent } from '../processes/eventFollowers.ts'
import type { Commit, WriteRequest } from '../processes/eventWriter.ts'
import { type Helper, openWorld, type World } from '../world.ts'

const followers = 50
const rounds = 3
const events = 100
const intervalMs = 50
const limitMs = 100

const measure = async (world: World, writer: Helper): Promise<number[]> => {
  const helper = await world.forkHelper('eventFollowers')
  const url = world.graphqlUrl.replace(/^http/, 'ws')
  const openRequest: FollowersRequest = { type: 'open', url, token: await world.token('admin'), count: followers }
  await helper.call(openRequest)
  await sleep(500)
  const writeRequest: WriteRequest = { events, intervalMs }
  const commits = await writer.call<Commit[]>(writeRequest)
  await sleep(1500)
  const framesOfFollowers = await helper.call<ReceivedEvent[][]>({ type: 'collect' } satisfies FollowersRequest)
  await helper.stop()
  return framesOfFollowers.flatMap((frames) => {
    const receivedMs = new Map(frames.map(({ nodeId, atMs }) => [nodeId, atMs]))
    const nodeIds = frames.map(({ nodeId }) => nodeId)
    if (nodeIds.length !== events || new Set(nodeIds).size !== events)
      throw new Error(`A follower received ${nodeIds.length} events, expected ${events} distinct ones.`)
    return commits.map(({ nodeId, atMs }) => (receivedMs.get(nodeId) ?? Number.NaN) - atMs)
  })
}

const runMode = async (mode: string, redisUrl: string): Promise<Figure[]> => {
  await using world = await openWorld()
  const env = { REDIS_URL: redisUrl }
  if (redisUrl !== '') await world.serve('src/server.ts', env)
  const writer = await world.forkHelper('eventWriter', env)
  await measure(world, writer) // warm-up: compiles the code
  const results: number[][] = []
  for (let round = 0; round < rounds; round++) {
    const delaysMs = await measure(world, writer)
    logProgress(`${mode}: p99 ${formatNumber(percentile(delaysMs, 0.99))} ms`)
    results.push(delaysMs)
  }
  const p99 = results.map((delaysMs) => percentile(delaysMs, 0.99))
  const all = results.flat()
  const name = `${mode}, ${followers} followers, ${1000 / intervalMs} commits/s: p99 from commit to frame`
  return [
    atMost(name, median(p99), limitMs, ' ms', ` (median of ${formatValues(p99)})`),
    informational(
      '  all rounds',
      `p50 ${formatNumber(percentile(all, 0.5))} ms, max ${formatNumber(percentile(all, 1))} ms`,
    ),
  ]
}

export const measureDelivery = async (): Promise<Figure[]> => {
  const redis = await startRedis()
  try {
    return [...(await runMode('memory', '')), ...(await runMode('Redis', redis.url))]
  } finally {
    await redis.stop()
  }
}
