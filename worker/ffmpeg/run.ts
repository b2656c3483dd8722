import type { ChildProcess } from 'node:child_process'
import ffmpeg from 'fluent-ffmpeg'
import type { FfmpegBinaries } from './binaries.ts'
import { ConversionError, type ProcessOutcome, toFailure } from './failures.ts'
import { allowedDemuxers, defaultStallTimeoutMs } from './limits.ts'
import { createSandboxArguments, createSandboxEnvironment, shellPath } from './sandbox.ts'

/** One call of ffmpeg, fully decided before it starts. */
export interface Pass {
  inputOptions: string[]
  /** A URL with an explicit protocol. */
  input: string
  /** Further outputs, if any, followed by the options of the last output. */
  outputOptions: string[]
  output: string
  /** Expected duration of the output, for the percentage; null if the pass cannot tell its progress. */
  expectedSeconds: number | null
  timeoutMs: number
}

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

interface Ring {
  get(): string
}
type ProcessEnd = (error: Error | null, stdout?: Ring, stderr?: Ring) => void
type Spawn = (
  commandArguments: string[],
  options: object,
  onProcess: (child: ChildProcess, stdout: Ring, stderr: Ring) => void,
  onEnd: ProcessEnd,
) => void

const emptyRing: Ring = { get: () => '' }
const maxErrorCharacters = 20_000

/**
 * Fixes two defects of fluent-ffmpeg at the one function that spawns: it does not pass an environment on, and if a
 * process cannot be started at all, it reads the output of the missing process and throws an uncaught TypeError.
 */
const patchSpawn = (command: ffmpeg.FfmpegCommand, outcome: ProcessOutcome): ffmpeg.FfmpegCommand => {
  const inner = command as unknown as { _spawnFfmpeg: Spawn } // as: private in the library, whose version is pinned
  const spawn = inner._spawnFfmpeg
  inner._spawnFfmpeg = (commandArguments, options, onProcess, onEnd) =>
    spawn.call(
      command,
      commandArguments,
      { ...options, env: createSandboxEnvironment() },
      (child, stdout, stderr) => {
        // Prepended, since fluent-ffmpeg's own listener may already report the end.
        child.prependListener('exit', (exitCode, signal) => Object.assign(outcome, { exitCode, signal }))
        onProcess(child, stdout, stderr)
      },
      (error, stdout = emptyRing, stderr = emptyRing) => {
        if (error && 'code' in error) outcome.spawnErrorCode = String(error.code)
        onEnd(error, stdout, stderr)
      },
    )
  return command
}

const formats = Object.fromEntries(
  [...allowedDemuxers, 'null', 'framecrc', 'rawvideo', 'image2', 'gif', 'webm'].map((name) => [
    name,
    { canDemux: true, canMux: true, description: name },
  ]),
)

const createCommand = (binaries: FfmpegBinaries, pass: Pass, outcome: ProcessOutcome): ffmpeg.FfmpegCommand => {
  const command = ffmpeg({ stdoutLines: 200 })
    .setFfmpegPath(shellPath)
    .input(pass.input)
    .inputOptions(
      ...createSandboxArguments(binaries.ffmpegPath),
      '-hide_banner',
      '-nostdin',
      '-nostats',
      ...pass.inputOptions,
    )
    .output(pass.output)
    .outputOptions('-y', '-progress', 'pipe:2', ...pass.outputOptions)
  // fluent-ffmpeg would query the tool's capabilities outside the sandbox; `findFfmpegBinaries` has already checked them.
  const noError = null as unknown as Error // as: the types do not allow the null that Node callbacks pass
  command.availableFormats = (callback) => callback(noError, formats)
  command.availableEncoders = (callback) => callback(noError, {})
  return patchSpawn(command, outcome)
}

/** Parses ffmpeg's time format, `00:01:02.500000` → 62.5; null for a text that is not a time, such as `N/A`. */
export const parseTime = (text: string): number | null => {
  const parts = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text.trim())
  return parts ? Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) : null
}

/** Matches lines of `-progress`, which share stderr with all other output. */
const progressPattern = /^([a-z_0-9]+)=\s*(.*)$/
const advanceKeys = ['frame', 'out_time', 'total_size']

interface ProgressReader {
  outputSeconds: number
  /** Reads one line of stderr. True if the line shows that the conversion has advanced. */
  read(line: string): boolean
}

const createProgressReader = (
  expectedSeconds: number | null,
  onProgress: (percent: number) => void,
): ProgressReader => {
  const lastValues = new Map<string, string>()
  let percent = 0
  const reader: ProgressReader = {
    outputSeconds: 0,
    read(line) {
      const [, key = '', value = ''] = progressPattern.exec(line) ?? []
      const seconds = key === 'out_time' ? parseTime(value) : null
      if (seconds !== null) reader.outputSeconds = Math.max(reader.outputSeconds, seconds)
      const currentPercent = expectedSeconds ? Math.min(100, (reader.outputSeconds / expectedSeconds) * 100) : 0
      if (currentPercent > percent) onProgress(currentPercent)
      percent = Math.max(percent, currentPercent)
      const hasAdvanced = advanceKeys.includes(key) && lastValues.get(key) !== value
      lastValues.set(key, value)
      return hasAdvanced
    },
  }
  return reader
}

interface Supervisor {
  /** Restarts the stall timeout. */
  noteProgress(): void
  stop(): void
}

/** Kills the command when it exceeds its time limit, when it stalls, or when the signal is aborted. */
const superviseCommand = (
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
