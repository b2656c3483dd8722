import { setTimeout as sleep } from 'node:timers/promises'
import type { Home } from './home.ts'
import { runsCluster } from './processes.ts'

const shutdownSteps = [
  ['SIGINT', 12_000],
  ['SIGQUIT', 4_000],
  ['SIGKILL', 2_000],
] as const

/** Shuts PostgreSQL down fast: ends sessions and keeps committed data. Kills a server that hangs, which is safe too. */
export const shutDown = async (home: Home, pid: number): Promise<void> => {
  for (const [signal, timeoutMs] of shutdownSteps) {
    const deadline = Date.now() + timeoutMs
    let isRunning = (await runsCluster(pid, home.cluster)) === true
    if (isRunning) process.kill(pid, signal)
    while (isRunning && Date.now() < deadline) {
      await sleep(10)
      isRunning = (await runsCluster(pid, home.cluster)) === true
    }
    if (!isRunning) return
  }
}
