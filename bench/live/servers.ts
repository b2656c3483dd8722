import { freePort } from '../../test/harness/port.ts'
import type { BroadcastRequest, PortRequest } from '../processes/bareBroadcast.ts'
import type { MemoryUse } from '../processes/memory.ts'
import type { MemoryRequest, PublishRequest } from '../processes/publisher.ts'
import type { World } from '../world.ts'
import { intervalMs, messages, type Target } from './round.ts'

export interface Product extends Target {
  /** Address of the same servers for event streams. */
  streamUrl: string
  /** Absent if the servers cannot be asked. */
  measureMemory?: () => Promise<MemoryUse>
}

const socketUrl = (port: number): string => `ws://127.0.0.1:${port}/graphql`
const streamUrl = (port: number): string => `http://127.0.0.1:${port}/graphql`

const publishRequest = (mediaIds: string[]): PublishRequest => ({ type: 'publish', mediaIds, messages, intervalMs })

/** Starts an API server that also publishes: without Redis one process has to be both. */
export const startProduct = async (world: World, mediaIds: string[]): Promise<Product> => {
  const port = await freePort()
  const env = { NODE_ENV: 'production', REDIS_URL: '', HOST: '127.0.0.1', PORT: String(port) }
  const server = await world.forkHelper('publisher', env)
  return {
    urls: [socketUrl(port)],
    streamUrl: streamUrl(port),
    pids: [server.pid],
    mediaIds,
    publish: () => server.call(publishRequest(mediaIds)),
    measureMemory: () => server.call({ type: 'memory' } satisfies MemoryRequest),
  }
}

/** Starts API processes that share a port, and a process that publishes to them over Redis. */
export const startProcesses = async (
  world: World,
  mediaIds: string[],
  { redisUrl, processes }: { redisUrl: string; processes: number },
): Promise<Product> => {
  const port = await freePort()
  const env = { NODE_ENV: 'production', REDIS_URL: redisUrl, HOST: '127.0.0.1' }
  const server = await world.serve('src/server.ts', { ...env, PORT: String(port), API_PROCESSES: String(processes) })
  const publisher = await world.forkHelper('publisher', env)
  return {
    urls: [socketUrl(port)],
    streamUrl: streamUrl(port),
    pids: [server.pid],
    mediaIds,
    publish: () => publisher.call(publishRequest(mediaIds)),
  }
}

/** Starts a bare broadcast. `frameBytes` is the size of its frames, as the product sends them. */
export const startBareBroadcast = async (world: World, mediaIds: string[]) => {
  const helper = await world.forkHelper('bareBroadcast', { NODE_ENV: 'production' })
  const port = await helper.call<number>({ type: 'port' } satisfies PortRequest)
  return (frameBytes: number): Target => ({
    urls: [socketUrl(port)],
    pids: [helper.pid],
    mediaIds,
    async publish() {
      const request: BroadcastRequest = { type: 'broadcast', messages, intervalMs, frameBytes }
      return [await helper.call<number[]>(request)]
    },
  })
}
