import { vi } from 'vitest'
import type { GroupProcess } from '../../../src/adapters/processGroup/supervisor.ts'
import type { Logger } from '../../../src/services/kernel/ports.ts'

interface FakeProcess extends GroupProcess {
  serve(): void
  exit(reason: string): void
  isStopped: boolean
}

/** Processes whose fate a test decides. One that is asked to stop exits at once. */
export const createFakeProcesses = () => {
  const started: FakeProcess[] = []

  const start = (): GroupProcess => {
    const serving = Promise.withResolvers<void>()
    const exited = Promise.withResolvers<string>()
    const fake: FakeProcess = {
      pid: started.length + 1,
      serving: serving.promise,
      exited: exited.promise,
      serve: serving.resolve,
      exit: exited.resolve,
      isStopped: false,
      stop() {
        fake.isStopped = true
        exited.resolve('code 0')
      },
    }
    started.push(fake)
    return fake
  }

  return {
    start,
    started,
    /** Waits until a number of processes have been started in all, and returns the last of them. */
    async waitForStarts(count: number): Promise<FakeProcess> {
      await vi.waitUntil(() => started.length >= count, { interval: 1 })
      return started[count - 1] as FakeProcess // as: there are that many
    },
  }
}

/** Logger that keeps the fields of warnings and errors. */
export const createLog = () => {
  const lines: Record<string, unknown>[] = []
  const ignore = () => undefined
  const log: Logger = {
    debug: ignore,
    info: ignore,
    warn: (fields, message) => void lines.push({ ...fields, level: 'warn', message }),
    error: (fields, message) => void lines.push({ ...fields, level: 'error', message }),
    child: () => log,
  }
  return { log, lines }
}
