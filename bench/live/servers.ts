import { freePort } from '../../test/harness/port.ts'
import type { BroadcastRequest, PortRequest } from '../processes/bareBroadcast.ts'
import type { MemoryUse } from '../processes/memory.ts'
import type { MemoryRequest, PublishRequest } from '../processes/publisher.ts'
import type { Helper, World } from '../world.ts'
import { intervalMs, messages, type Target } from './round.ts'

export interface Product extends Target {
  measureMemory(): Promise<MemoryUse>
}

const socketUrl = (port: number): string => `ws://127.0.0.1:${port}/graphql`

/** Starts API servers, and what publishes to them: without Redis one process is both. */
export const startProduct = async (
  world: World,
  { redisUrl, processes, mediaIds }: { redisUrl: string; processes: number; mediaIds: string[] },
): Promise<Product> => {
  const base = { NODE_ENV: 'production', REDIS_URL: redisUrl, HOST: '127.0.0.1' }
  const start = async () => {
    const port = await freePort()
    return { helper: await world.forkHelper('publisher', { ...base, SERVES_API: 'true', PORT: String(port) }), port }
  }
  const servers = await Promise.all(Array.from({ length: processes }, start))
  const publisher: Helper | undefined = redisUrl === '' ? servers[0]?.helper : await world.forkHelper('publisher', base)
  if (publisher === undefined) throw new Error('At least one process is needed.')
  const request: PublishRequest = { type: 'publish', mediaIds, messages, intervalMs }
  return {
    urls: servers.map(({ port }) => socketUrl(port)),
    pids: servers.map(({ helper }) => helper.pid),
    mediaIds,
    publish: () => publisher.call(request),
    async measureMemory() {
      const uses = await Promise.all(
        servers.map(({ helper }) => helper.call<MemoryUse>({ type: 'memory' } satisfies MemoryRequest)),
      )
      return uses.reduce((sum, use) => ({
        usedBytes: sum.usedBytes + use.usedBytes,
        residentBytes: sum.residentBytes + use.residentBytes,
      }))
    },
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
