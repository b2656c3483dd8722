import type { ChildProcess } from 'node:child_process'
import ffmpeg from 'fluent-ffmpeg'
import type { FfmpegBinaries } from './binaries.ts'
import { ConversionError, failureFrom, type ProcessOutcome } from './failures.ts'
import { allowedDemuxers, defaultStallTimeoutMs } from './limits.ts'
import { createSandboxArguments, createSandboxEnvironment, shellPath } from './sandbox.ts'

/** One call of ffmpeg, decided in full before it starts. */
export type Pass = {
  inputOptions: string[]
  /** A URL with its protocol spelled out. */
  input: string
  /** Further outputs, if any, and the options of the last one. */
  outputOptions: string[]
  output: string
  /** Of the output, for the percentage; null where the pass cannot tell how far it is. */
  expectedSeconds: number | null
  timeoutMs: number
}

export type RunOptions = {
  signal?: AbortSignal
  onProgress?: (percent: number) => void
  stallTimeoutMs?: number
}

export type RunResult = { stdout: string; stderr: string; outputSeconds: number }

type Ring = { get(): string }
type ProcessEnd = (error: Error | null, stdout?: Ring, stderr?: Ring) => void
type Spawn = (
  commandArguments: string[],
  options: object,
  onProcess: (child: ChildProcess, stdout: Ring, stderr: Ring) => void,
  onEnd: ProcessEnd,
) => void

const emptyRing: Ring = { get: () => '' }

/**
 * fluent-ffmpeg passes no environment on, and when a process cannot be started at all it reads the output of the one
 * that never was: an uncaught TypeError. Both are mended at the one function that spawns.
 */
const patchSpawn = (command: ffmpeg.FfmpegCommand, outcome: ProcessOutcome) => {
  const inner = command as unknown as { _spawnFfmpeg: Spawn } // as: private there, pinned here
  const spawn = inner._spawnFfmpeg
  inner._spawnFfmpeg = (commandArguments, options, onProcess, onEnd) =>
    spawn.call(
      command,
      commandArguments,
      { ...options, env: createSandboxEnvironment() },
      (child, stdout, stderr) => {
        // First, since fluent-ffmpeg's own listener may already report the end.
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

const command = (binaries: FfmpegBinaries, pass: Pass, outcome: ProcessOutcome) => {
  const ffmpegCommand = ffmpeg({ stdoutLines: 200 })
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
  // It would ask the tool what it can do, unleashed; that has been asked when the binaries were found.
  const noError = null as unknown as Error // as: its types forget that Node callbacks pass null
  ffmpegCommand.availableFormats = (callback) => callback(noError, formats)
  ffmpegCommand.availableEncoders = (callback) => callback(noError, {})
  return patchSpawn(ffmpegCommand, outcome)
}

/** `00:01:02.500000` → 62.5; null for what is not a time yet. */
export const parseTime = (text: string) => {
  const parts = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text.trim())
  return parts ? Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) : null
}

/** Lines of `-progress`, which share stderr with everything else. */
const progressPattern = /^([a-z_0-9]+)=\s*(.*)$/
const advanceKeys = ['frame', 'out_time', 'total_size']

/** Reads progress out of stderr lines; tells whether the line shows that work went on. */
const createProgressReader = (expectedSeconds: number | null, onProgress: (percent: number) => void) => {
  const lastValues = new Map<string, string>()
  let percent = 0
  const reader = {
    outputSeconds: 0,
    read: (line: string) => {
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

/** Runs one pass. Rejects with a ConversionError, or with the signal's reason once the process has ended. */
export const run = (binaries: FfmpegBinaries, pass: Pass, options: RunOptions = {}) =>
  new Promise<RunResult>((resolve, reject) => {
    const { signal, onProgress = () => {}, stallTimeoutMs = defaultStallTimeoutMs } = options
    if (signal?.aborted) return reject(signal.reason)
    const outcome: ProcessOutcome = { stderr: '' }
    const ffmpegCommand = command(binaries, pass, outcome)
    const progress = createProgressReader(pass.expectedSeconds, onProgress)
    const kill = () => void ffmpegCommand.kill('SIGKILL')
    const end = (reason: 'stalled' | 'deadline') => () => {
      outcome.killReason = reason
      kill()
    }
    const timeoutTimer = setTimeout(end('deadline'), pass.timeoutMs)
    const stallTimer = setTimeout(end('stalled'), stallTimeoutMs)
    const cleanUp = () => {
      clearTimeout(timeoutTimer)
      clearTimeout(stallTimer)
      signal?.removeEventListener('abort', kill)
    }
    signal?.addEventListener('abort', kill, { once: true })
    // The abort may come before the process is there.
    ffmpegCommand.on('start', () => signal?.aborted && kill())
    ffmpegCommand.on('stderr', (line) => {
      if (progress.read(line)) stallTimer.refresh()
      if (!progressPattern.test(line)) outcome.stderr = `${outcome.stderr}${line}\n`.slice(-20_000)
    })
    ffmpegCommand.on('error', () => {
      cleanUp()
      if (signal?.aborted) return reject(signal.reason)
      reject(new ConversionError(failureFrom(outcome), outcome))
    })
    ffmpegCommand.on('end', (stdout) => {
      cleanUp()
      resolve({ stdout: stdout ?? '', stderr: outcome.stderr, outputSeconds: progress.outputSeconds })
    })
    ffmpegCommand.run()
  })
