import { runProcess } from '../src/adapters/process.ts'
import { openRuntime } from '../src/adapters/runtime.ts'
import { startServer } from '../src/server.ts'
import { startWorker } from '../worker/worker.ts'

// Runs `npm start`: the API, and the worker in the same process unless Redis is configured.
await runProcess(async ({ config, log }) => {
  const runsWorker = config.pubsub.type === 'memory'
  const runtime = await openRuntime({ config, log, isWorker: runsWorker })
  await startServer(runtime)
  if (runsWorker) await startWorker(runtime)
  return runtime
})
