import { join } from 'node:path'
import { runProcess } from '../src/adapters/process.ts'
import { openRuntime, type Runtime } from '../src/adapters/runtime.ts'
import { ConfigError } from '../src/services/config/config.ts'
import { findFfmpegBinaries } from './ffmpeg/binaries.ts'
import { createWorkspaces } from './ffmpeg/workspace.ts'
import { createHandlers } from './handlers.ts'

/** How often folders of dead workers are looked for: a killed one leaves nothing behind for longer. */
const sweepIntervalMs = 5000

/** Takes jobs until the runtime is closed. */
export const startWorker = async ({ config, ports, services, log, onClose }: Runtime): Promise<void> => {
  const binaries = await findFfmpegBinaries(config.ffmpeg)
  if (binaries.bundled)
    log.warn(
      { version: binaries.version },
      'Using the ffmpeg that came with npm, a build of 2018: fine for a first try. Install a current one for more.',
    )
  const workspaces = createWorkspaces(join(config.dataDir, 'work'))
  await workspaces.sweep()
  const sweepTimer = setInterval(() => {
    workspaces.sweep().catch((error: unknown) => log.warn({ err: error }, 'Old workspaces could not be removed.'))
  }, sweepIntervalMs)
  // Before pub/sub closes: followers see that the jobs went back.
  onClose(async () => {
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
        'REDIS_URL: a worker of its own needs it, and so does its API; without Redis, `npm start` runs both in one process',
      ])
    const runtime = await openRuntime({ config, log, isWorker: true, joinsDatabase: true })
    await startWorker(runtime)
    return runtime
  })
