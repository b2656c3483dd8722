import { describe, expect } from 'vitest'
import { openRuntime, type Runtime } from '../../src/adapters/runtime.ts'
import { readConfig } from '../../src/services/config/config.ts'
import { it as base } from '../harness/databaseIt.ts'
import { createLogSpy } from '../harness/logSpy.ts'
import { temporaryDirectory } from '../harness/temporaryDirectory.ts'

const it = base
  .extend('logSpy', () => createLogSpy())
  .extend('runtime', async ({ testDatabase, logSpy }, { onCleanup }) => {
    const config = readConfig({
      DATA_DIR: await temporaryDirectory(),
      DATABASE_URL: testDatabase.appUrl,
      DATABASE_OWNER_URL: testDatabase.ownerUrl,
      NODE_ENV: 'test',
    })
    const runtime = await openRuntime({ config, log: logSpy.log, isWorker: false })
    onCleanup(() => runtime.close())
    return runtime
  })

describe('closing the runtime', () => {
  const failToClose = (runtime: Runtime) => runtime.onClose('printer', () => Promise.reject(new Error('no paper')))

  it('logs the name of a resource that fails to close', async ({ runtime, logSpy }) => {
    failToClose(runtime)
    await runtime.close()
    expect(logSpy.messages).toEqual(['Failed to close printer.'])
  })

  it('closes the other resources even if one fails', async ({ runtime }) => {
    const closedNames: string[] = []
    runtime.onClose('first', async () => void closedNames.push('first'))
    failToClose(runtime)
    runtime.onClose('last', async () => void closedNames.push('last'))
    await runtime.close()
    expect(closedNames).toEqual(['last', 'first'])
  })
})
