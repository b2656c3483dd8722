import type { FfmpegBinaries } from '../binaries.ts'
import { ConversionError, type ProcessOutcome, toFailure } from '../failures.ts'
import { defaultStallTimeoutMs } from '../limits.ts'
import { createCommand } from './command.ts'
import type { Pass } from './pass.ts'
import { createProgressReader, progressPattern } from './progress.ts'
import { superviseCommand } from './supervisor.ts'

export interface RunOptions {
  signal?: AbortSignal
  onProgress?: (percent: number) => void
  stallTimeoutMs?: number
}

export interface RunResult {
  stdout: string
  stderr: string
  outputSeconds: number
}

const maxErrorCharacters = 20_000

/** Runs one pass. Rejects with a ConversionError or, once the process has ended, with the signal's reason. */
export const run = (binaries: FfmpegBinaries, pass: Pass, options: RunOptions = {}): Promise<RunResult> =>
  new Promise<RunResult>((resolve, reject) => {
    const { signal, onProgress = () => {}, stallTimeoutMs = defaultStallTimeoutMs } = options
    if (signal?.aborted) return reject(signal.reason)
    const outcome: ProcessOutcome = { stderr: '' }
    const command = createCommand(binaries, pass, outcome)
    const progress = createProgressReader(pass.expectedSeconds, onProgress)
    const supervisor = superviseCommand(command, outcome, { signal, timeoutMs: pass.timeoutMs, stallTimeoutMs })
    command.on('stderr', (line) => {
      if (progress.read(line)) supervisor.noteProgress()
      if (!progressPattern.test(line)) outcome.stderr = `${outcome.stderr}${line}\n`.slice(-maxErrorCharacters)
    })
    command.on('error', () => {
      supervisor.stop()
      if (signal?.aborted) return reject(signal.reason)
      reject(new ConversionError(toFailure(outcome), outcome))
    })
    command.on('end', (stdout) => {
      supervisor.stop()
      resolve({ stdout: stdout ?? '', stderr: outcome.stderr, outputSeconds: progress.outputSeconds })
    })
    command.run()
  })
