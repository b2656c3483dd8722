import { setTimeout as sleep } from 'node:timers/promises'
import { readTreeCpuSeconds } from '../graph/cpu.ts'
import { numberOf } from '../processes/percent.ts'
import type { ReceivedProgress, SubscribersRequest } from '../processes/subscribers.ts'
import type { World } from '../world.ts'

export const messages = 60
export const intervalMs = 100

/** Servers that subscribers connect to, and what sends them frames. */
export interface Target {
  urls: string[]
  /** Processes whose CPU time counts, with that of their children. */
  pids: number[]
  mediaIds: string[]
  /** Sends all messages; returns when each was sent, per media. */
  publish(): Promise<number[][]>
}

export interface Round {
  /** Delay per message and subscriber until it received this percentage, or a newer one instead. */
  delaysMs: number[]
  /** Share of messages that arrived as a separate frame. The others were coalesced with newer ones. */
  frameShare: number
  lostCount: number
  /** CPU time of the servers per frame that arrived; null if it cannot be read. */
  cpuMicroseconds: number | null
  frameBytes: number
}

const evaluate = (publishedMs: number[], frames: ReceivedProgress[]) => {
  const delaysMs: number[] = []
  const numbers = frames.map(({ percent }) => numberOf(percent, messages))
  let next = 0
  let lostCount = 0
  for (const [n, sentMs] of publishedMs.entries()) {
    while (next < numbers.length && (numbers[next] ?? 0) < n) next += 1
    const frame = frames[next]
    if (frame === undefined) lostCount += 1
    else delaysMs.push(frame.atMs - sentMs)
  }
  return { delaysMs, lostCount }
}

const readCpu = async (pids: number[]): Promise<number | null> => {
  const seconds = await Promise.all(pids.map(readTreeCpuSeconds))
  return seconds.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)

/** Opens subscribers, one per token, sends all messages and compares what arrived. `onIdle` is called before and after. */
export const measureRound = async (
  world: World,
  { urls, pids, mediaIds, publish }: Target,
  tokens: string[],
  onIdle = async (): Promise<void> => {},
): Promise<Round> => {
  const subscribers = await world.forkHelper('subscribers')
  const call = <Reply>(request: SubscribersRequest) => subscribers.call<Reply>(request)
  await call({ type: 'open', urls, tokens, mediaIds, count: tokens.length })
  await onIdle()
  await sleep(500)
  const cpuBefore = await readCpu(pids)
  const publishTimesMs = await publish()
  await sleep(1000)
  const cpuAfter = await readCpu(pids)
  const frames = await call<ReceivedProgress[][]>({ type: 'collect' })
  await subscribers.stop()
  const results = frames.map((own, index) => evaluate(publishTimesMs[index % mediaIds.length] ?? [], own))
  const all = frames.flat()
  return {
    delaysMs: results.flatMap(({ delaysMs }) => delaysMs),
    lostCount: sum(results.map(({ lostCount }) => lostCount)),
    frameShare: all.length / (messages * tokens.length),
    cpuMicroseconds: cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) * 1e6) / all.length,
    frameBytes: Math.round(sum(all.map(({ sizeBytes }) => sizeBytes)) / all.length),
  }
}
