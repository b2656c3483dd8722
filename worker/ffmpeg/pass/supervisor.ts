import type ffmpeg from 'fluent-ffmpeg'
import type { ProcessOutcome } from '../failures.ts'

interface Supervisor {
  /** Restarts the stall timeout. */
  noteProgress(): void
  stop(): void
}

/** Kills the command when it exceeds its time limit, when it stalls, or when the signal is aborted. */
export const superviseCommand = (
  command: ffmpeg.FfmpegCommand,
  outcome: ProcessOutcome,
  { signal, timeoutMs, stallTimeoutMs }: { signal?: AbortSignal; timeoutMs: number; stallTimeoutMs: number },
): Supervisor => {
  const kill = () => void command.kill('SIGKILL')
  const killFor = (reason: 'stalled' | 'deadline') => () => {
    outcome.killReason = reason
    kill()
  }
  const timeoutTimer = setTimeout(killFor('deadline'), timeoutMs)
  const stallTimer = setTimeout(killFor('stalled'), stallTimeoutMs)
  signal?.addEventListener('abort', kill, { once: true })
  // The abort may come before the process exists.
  command.on('start', () => signal?.aborted && kill())
  return {
    noteProgress() {
      stallTimer.refresh()
    },
    stop() {
      clearTimeout(timeoutTimer)
      clearTimeout(stallTimer)
      signal?.removeEventListener('abort', kill)
    },
  }
}
