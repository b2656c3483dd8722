import { runProcess } from '../src/adapters/process.ts'
import { openRuntime } from '../src/adapters/runtime.ts'
import { printSignInLink } from '../src/adapters/signInLink.ts'
import { runApi, startServer } from '../src/server.ts'
import { startWorker } from '../worker/worker.ts'

// Runs `npm start`: the API, and the worker in the same process unless Redis is configured.
await runProcess(async (context) => {
  if (context.config.pubsub.type === 'redis') return runApi(context)
  const runtime = await openRuntime({ ...context, isWorker: true })
  await startServer(runtime)
  await startWorker(runtime)
  await printSignInLink(context.config, runtime.ports.database)
  return runtime
})
