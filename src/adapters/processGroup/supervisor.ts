import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../services/kernel/ports.ts'

/** Process of a group. */
export interface GroupProcess {
  pid: number | undefined
  /** Resolves once the process serves; never if it exits before. */
  serving: Promise<void>
  /** Resolves to the reason once the process has exited: `code 1`, `signal SIGKILL`. */
  exited: Promise<string>
  /** Asks the process to close in order. */
  stop(): void
}

interface SupervisorOptions {
  count: number
  start: () => GroupProcess
  log: Logger
  /** Called once if no process serves any more and new ones exit before they serve. */
  onGiveUp: () => void
  /** Pause before the first restart of a process, doubled for each further one, up to `maxDelayMs`. */
  minDelayMs?: number
  maxDelayMs?: number
  /** A process that served this long has recovered: its next restart is a first one. */
  recoveredAfterMs?: number
}

export interface ProcessGroup {
  /** Resolves once all processes serve. Rejects if one exits before it has served for the first time. */
  ready: Promise<void>
  /** Stops all processes, and resolves once they have exited. May be called twice. */
  close(): Promise<void>
}

/** Consecutive exits before serving, while no other process serves, after which further starts are pointless. */
const maxFailedStarts = 5

/** Keeps a number of equal processes running: replaces each one that exits. */
export const superviseProcesses = ({ count, start, log, onGiveUp, ...timing }: SupervisorOptions): ProcessGroup => {
  const { minDelayMs = 100, maxDelayMs = 10_000, recoveredAfterMs = 10_000 } = timing
  const running = new Set<GroupProcess>()
  const closing = new AbortController()
  let servingCount = 0
  let failedStarts = 0
  let hasGivenUp = false

  /** Runs one process until it exits. */
  const runOnce = async (onServing: () => void): Promise<{ reason: string; servedMs: number | null; pid?: number }> => {
    const child = start()
    running.add(child)
    let servingSinceMs: number | null = null
    const markServing = (): void => {
      servingSinceMs = performance.now()
      servingCount += 1
      failedStarts = 0
      onServing()
    }
    child.serving.then(markServing)
    const reason = await child.exited
    running.delete(child)
    if (servingSinceMs !== null) servingCount -= 1
    return { reason, servedMs: servingSinceMs === null ? null : performance.now() - servingSinceMs, pid: child.pid }
  }

  const giveUp = (): void => {
    if (hasGivenUp) return
    hasGivenUp = true
    log.error({ failedStarts }, 'Failed to start API processes again and again; stopping the server.')
    onGiveUp()
  }

  /** Keeps one process running until the group closes. */
  const keepRunning = async (onServing: () => void, onEarlyExit: (reason: string) => void): Promise<void> => {
    let hasServed = false
    for (let restarts = 0; ; restarts++) {
      const { reason, servedMs, pid } = await runOnce(() => {
        hasServed = true
        onServing()
      })
      if (closing.signal.aborted) return onEarlyExit(reason)
      if (!hasServed) return onEarlyExit(reason)
      if (servedMs === null) failedStarts += 1
      if (servingCount === 0 && failedStarts >= maxFailedStarts) return giveUp()
      if (servedMs !== null && servedMs >= recoveredAfterMs) restarts = 0
      const delayMs = Math.min(maxDelayMs, minDelayMs * 2 ** restarts)
      log.warn({ pid, reason, delayMs }, 'Lost an API process; starting another one.')
      await sleep(delayMs, undefined, { signal: closing.signal }).catch(() => undefined) // the group closes
      if (closing.signal.aborted) return
    }
  }

  const keepers: Promise<void>[] = []
  const startKeeper = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const onEarlyExit = (reason: string) =>
        reject(new Error(`An API process exited with ${reason} before it could serve; its message stands above.`))
      keepers.push(keepRunning(resolve, onEarlyExit))
    })
  const ready = Promise.all(Array.from({ length: count }, startKeeper)).then(() => undefined)
  ready.catch(() => undefined) // the caller handles it, if it waits

  return {
    ready,
    async close() {
      closing.abort()
      for (const child of running) child.stop()
      await Promise.all(keepers)
    },
  }
}
