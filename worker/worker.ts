import { join } from 'node:path'
import { runProcess } from '../src/adapters/process.ts'
import { openRuntime, type Runtime } from '../src/adapters/runtime.ts'
import { ConfigError } from '../src/services/config/config.ts'
import { findFfmpegBinaries } from './ffmpeg/binaries.ts'
import { createWorkspaces } from './ffmpeg/workspace.ts'
import { createHandlers } from './handlers.ts'

/** Interval at which the workspaces of ended workers are removed, and the longest time that those of a killed worker stay. */
const sweepIntervalMs = 5000

/** Starts to take jobs. Stops when the runtime is closed. */
export const startWorker = async ({ config, ports, services, log, onClose }: Runtime): Promise<void> => {
  const binaries = await findFfmpegBinaries(config.ffmpeg)
  if (binaries.isBundled)
    log.warn(
      { version: binaries.version },
      'Using the ffmpeg build of 2018 that is bundled with npm; install a current ffmpeg for production.',
    )
  const workspaces = createWorkspaces(join(config.dataDir, 'work'))
  await workspaces.sweep()
  const sweepTimer = setInterval(() => {
    workspaces
      .sweep()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'Failed to remove old workspaces; the next sweep tries again.'),
      )
  }, sweepIntervalMs)
  // Runs before pub/sub closes, so that live subscriptions receive the return of the jobs to the queue.
  onClose('worker', async () => {
    clearInterval(sweepTimer)
    await ports.queue.close()
  })
  const cores = config.workerConcurrency
  await ports.queue.work(createHandlers({ ...ports, services, binaries, workspaces, cores, log }))
}

if (import.meta.main)
  await runProcess(async ({ config, log }) => {
    if (config.pubsub.type === 'memory')
      throw new ConfigError([
        'REDIS_URL: required by a separate worker process and by its API; without Redis, run both in one process with `npm start`',
      ])
    const runtime = await openRuntime({ config, log, isWorker: true, joinsDatabase: true })
    await startWorker(runtime)
    return runtime
  })
