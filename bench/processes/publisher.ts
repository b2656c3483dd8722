import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '../../src/adapters/logger.ts'
import { openRuntime } from '../../src/adapters/runtime.ts'
import { startServer } from '../../src/server.ts'
import { readConfig } from '../../src/services/config/config.ts'
import type { ConversionTask } from '../../src/services/rendition/conversions.ts'
import { measureMemory } from './memory.ts'
import { percentOf } from './percent.ts'
import { serveRequests } from './rpc.ts'

// Reports progress as a worker's conversion does. Without Redis there is no messaging between processes, so the API runs
// in this one.
const config = readConfig(process.env)
const hasApiInProcess = config.pubsub.type === 'memory'
const runtime = await openRuntime({ config, log: createLogger('error'), isWorker: false, joinsDatabase: true })
if (hasApiInProcess) await startServer(runtime)

/** Publishes progress of several media. Returns the publish times per media in ms, by the machine's monotonic clock. */
const publish = async ({ mediaIds, messages, intervalMs }: PublishRequest): Promise<number[][]> => {
  const { services, ports } = runtime
  const mediaInfo = { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: 300, width: 1280, height: 720 } as const
  const renditions = await ports.database.rendition.findMany({
    where: { profile: 'WEBM', status: 'PROCESSING', version: { mediaId: { in: mediaIds } } },
    include: { version: true },
  })
  const byMedia = new Map(renditions.map((rendition) => [rendition.version.mediaId, rendition]))
  const tasks = mediaIds.map((mediaId): ConversionTask => {
    const rendition = byMedia.get(mediaId)
    if (rendition === undefined) throw new Error(`${mediaId} has no WEBM in status PROCESSING.`)
    return { rendition, mediaId, sha256: rendition.version.sha256, mediaInfo }
  })
  const startMs = performance.now()
  return Promise.all(
    tasks.map(async (task, index) => {
      const publishedMs: number[] = []
      for (let n = 0; n < messages; n++) {
        // Staggers the media: real workers do not publish in step.
        const dueMs = startMs + (n + index / tasks.length) * intervalMs
        await sleep(Math.max(0, dueMs - performance.now()))
        publishedMs.push(Number(process.hrtime.bigint()) / 1e6)
        await services.conversions.reportProgress(task, percentOf(n, messages), false)
      }
      return publishedMs
    }),
  )
}

export interface PublishRequest {
  type: 'publish'
  mediaIds: string[]
  messages: number
  intervalMs: number
}

/** The reply is the memory in use after a garbage collection. */
export interface MemoryRequest {
  type: 'memory'
}

serveRequests(
  async (request: PublishRequest | MemoryRequest) => (request.type === 'memory' ? measureMemory() : publish(request)),
  runtime.close,
)
