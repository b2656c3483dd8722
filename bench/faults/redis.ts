import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../client/client.ts'
import { createClient, readEndCursor } from '../../client/client.ts'
import { FollowEventsDocument } from '../../client/generated/documents.ts'
import { startRedis, type TestRedis } from '../../test/harness/redis.ts'
import { atLeast, atMost, type Figure, informational, logProgress } from '../figures.ts'
import type { Commit, WriteRequest } from '../processes/eventWriter.ts'
import { openWorld } from '../world.ts'

export const title = 'redis: a Redis server that is killed again and again while 8 followers follow the log'

const followerCount = 8
const outageCount = 6
const writeMs = 30_000
const intervalMs = 20
const catchUpLimitMs = 5000

interface Received {
  nodeId: string
  atMs: number
}

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** Follows the log from a cursor on and records what arrives, until the client is closed. */
const follow = (client: Client, after: string): { received: Received[]; ended: Promise<void> } => {
  const received: Received[] = []
  const read = async (): Promise<void> => {
    for await (const { events } of client.follow(FollowEventsDocument, { after, actions: ['rendition.requested'] }))
      received.push({ nodeId: events.nodeId, atMs: nowMs() })
  }
  return { received, ended: read() }
}

/** Kills Redis for a second or two, again and again. Resolves to the times at which it had returned. */
const killRepeatedly = async (redis: TestRedis): Promise<number[]> => {
  const returnedAtMs: number[] = []
  for (let outage = 0; outage < outageCount; outage++) {
    await sleep(1000 + Math.random() * 1500)
    await redis.stop()
    await sleep(500 + Math.random() * 2000)
    await redis.start()
    returnedAtMs.push(nowMs())
  }
  return returnedAtMs
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  const redis = await startRedis()
  try {
    await world.serve('src/server.ts', { REDIS_URL: redis.url })
    const writer = await world.forkHelper('eventWriter', { REDIS_URL: redis.url })
    const token = await world.token('admin')
    const clients = Array.from({ length: followerCount }, () =>
      createClient({ url: world.graphqlUrl, token, retryAttempts: 0 }),
    )
    const [firstClient] = clients
    if (firstClient === undefined) throw new Error('There are no followers.')
    const after = await readEndCursor(firstClient)
    const followers = clients.map((client) => follow(client, after))
    const request: WriteRequest = { events: writeMs / intervalMs, intervalMs }
    const [commits, returnedAtMs] = await Promise.all([writer.call<Commit[]>(request), killRepeatedly(redis)])
    logProgress(`${commits.length} events were written during ${returnedAtMs.length} outages.`)
    const deadlineMs = nowMs() + 2 * catchUpLimitMs
    while (followers.some(({ received }) => received.length < commits.length) && nowMs() < deadlineMs) await sleep(50)
    await Promise.all(clients.map((client) => client.close()))
    await Promise.all(followers.map(({ ended }) => ended.catch(() => undefined)))
    return toFigures(
      followers.map(({ received }) => received),
      commits,
      returnedAtMs,
    )
  } finally {
    await redis.stop()
  }
}

const toFigures = (all: Received[][], commits: Commit[], returnedAtMs: number[]): Figure[] => {
  const lost = all.map((received) => {
    const receivedIds = new Set(received.map(({ nodeId }) => nodeId))
    return commits.filter(({ nodeId }) => !receivedIds.has(nodeId)).length
  })
  const duplicated = all.map((received) => received.length - new Set(received.map(({ nodeId }) => nodeId)).size)
  const committedAtMs = new Map(commits.map(({ nodeId, atMs }) => [nodeId, atMs]))
  // An event that was committed during an outage may wait for the return; all others have no reason to be late.
  const delaysMs = all.flatMap((received) =>
    received.map(({ nodeId, atMs }) => {
      const commitMs = committedAtMs.get(nodeId) ?? Number.NaN
      const returnMs = returnedAtMs.find((ms) => ms >= commitMs) ?? commitMs
      return { sinceCommitMs: atMs - commitMs, sinceReturnMs: atMs - Math.max(commitMs, Math.min(returnMs, atMs)) }
    }),
  )
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return [
    atLeast('events written during the outages', commits.length, writeMs / intervalMs, ''),
    atMost(`lost by ${followerCount} followers`, sum(lost), 0, ''),
    atMost('received twice', sum(duplicated), 0, ''),
    atMost(
      'longest time from the return of Redis',
      Math.max(...delaysMs.map((delay) => delay.sinceReturnMs)),
      catchUpLimitMs,
      ' ms',
    ),
    informational(
      'longest time from a commit',
      `${Math.max(...delaysMs.map((delay) => delay.sinceCommitMs)).toFixed(0)} ms`,
    ),
    informational('outages of Redis', String(returnedAtMs.length)),
  ]
}
