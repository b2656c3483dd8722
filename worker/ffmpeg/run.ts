import type { ChildProcess } from 'node:child_process'
import ffmpeg from 'fluent-ffmpeg'
import type { Binaries } from './binaries.ts'
import { ConversionError, type Evidence, failureFrom } from './failures.ts'
import { DEMUXERS, STALL_MS } from './limits.ts'
import { leash, leashEnvironment, SHELL } from './sandbox.ts'

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
  deadlineMs: number
}

export type RunOptions = {
  signal?: AbortSignal
  onProgress?: (percent: number) => void
  stallMs?: number
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
const mended = (command: ffmpeg.FfmpegCommand, evidence: Evidence) => {
  const inner = command as unknown as { _spawnFfmpeg: Spawn } // as: private there, pinned here
  const spawn = inner._spawnFfmpeg
  inner._spawnFfmpeg = (commandArguments, options, onProcess, onEnd) =>
    spawn.call(
      command,
      commandArguments,
      { ...options, env: leashEnvironment() },
      (child, stdout, stderr) => {
        // First, since fluent-ffmpeg's own listener may already report the end.
        child.prependListener('exit', (exitCode, signal) => Object.assign(evidence, { exitCode, signal }))
        onProcess(child, stdout, stderr)
      },
      (error, stdout = emptyRing, stderr = emptyRing) => {
        if (error && 'code' in error) evidence.spawnCode = String(error.code)
        onEnd(error, stdout, stderr)
      },
    )
  return command
}

const formats = Object.fromEntries(
  [...DEMUXERS, 'null', 'framecrc', 'rawvideo', 'image2', 'gif', 'webm'].map((name) => [
    name,
    { canDemux: true, canMux: true, description: name },
  ]),
)

const command = (binaries: Binaries, pass: Pass, evidence: Evidence) => {
  const built = ffmpeg({ stdoutLines: 200 })
    .setFfmpegPath(SHELL)
    .input(pass.input)
    .inputOptions(...leash(binaries.ffmpegPath), '-hide_banner', '-nostdin', '-nostats', ...pass.inputOptions)
    .output(pass.output)
    .outputOptions('-y', '-progress', 'pipe:2', ...pass.outputOptions)
  // It would ask the tool what it can do, unleashed; that has been asked when the binaries were found.
  const noError = null as unknown as Error // as: its types forget that Node callbacks pass null
  built.availableFormats = (answer) => answer(noError, formats)
  built.availableEncoders = (answer) => answer(noError, {})
  return mended(built, evidence)
}

/** `00:01:02.500000` → 62.5; null for what is not a time yet. */
export const parseTime = (text: string) => {
  const parts = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text.trim())
  return parts ? Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) : null
}

/** Lines of `-progress`, which share stderr with everything else. */
const progressLine = /^([a-z_0-9]+)=\s*(.*)$/
const isAdvance = ['frame', 'out_time', 'total_size']

/** Reads progress out of stderr lines; tells whether the line shows that work went on. */
const progressReader = (expectedSeconds: number | null, onProgress: (percent: number) => void) => {
  const last = new Map<string, string>()
  let percent = 0
  const reader = {
    outputSeconds: 0,
    read: (line: string) => {
      const [, key = '', value = ''] = progressLine.exec(line) ?? []
      const seconds = key === 'out_time' ? parseTime(value) : null
      if (seconds !== null) reader.outputSeconds = Math.max(reader.outputSeconds, seconds)
      const now = expectedSeconds ? Math.min(100, (reader.outputSeconds / expectedSeconds) * 100) : 0
      if (now > percent) onProgress(now)
      percent = Math.max(percent, now)
      const advanced = isAdvance.includes(key) && last.get(key) !== value
      last.set(key, value)
      return advanced
    },
  }
  return reader
}

/** Runs one pass. Rejects with a ConversionError, or with the signal's reason once the process has ended. */
export const run = (binaries: Binaries, pass: Pass, options: RunOptions = {}) =>
  new Promise<RunResult>((resolve, reject) => {
    const { signal, onProgress = () => {}, stallMs = STALL_MS } = options
    if (signal?.aborted) return reject(signal.reason)
    const evidence: Evidence = { stderr: '' }
    const built = command(binaries, pass, evidence)
    const progress = progressReader(pass.expectedSeconds, onProgress)
    const kill = () => void built.kill('SIGKILL')
    const end = (reason: 'stalled' | 'deadline') => () => {
      evidence.ended = reason
      kill()
    }
    const deadline = setTimeout(end('deadline'), pass.deadlineMs)
    const stall = setTimeout(end('stalled'), stallMs)
    const settle = () => {
      clearTimeout(deadline)
      clearTimeout(stall)
      signal?.removeEventListener('abort', kill)
    }
    signal?.addEventListener('abort', kill, { once: true })
    // The abort may come before the process is there.
    built.on('start', () => signal?.aborted && kill())
    built.on('stderr', (line) => {
      if (progress.read(line)) stall.refresh()
      if (!progressLine.test(line)) evidence.stderr = `${evidence.stderr}${line}\n`.slice(-20_000)
    })
    built.on('error', () => {
      settle()
      if (signal?.aborted) return reject(signal.reason)
      reject(new ConversionError(failureFrom(evidence), evidence))
    })
    built.on('end', (stdout) => {
      settle()
      resolve({ stdout: stdout ?? '', stderr: evidence.stderr, outputSeconds: progress.outputSeconds })
    })
    built.run()
  })
