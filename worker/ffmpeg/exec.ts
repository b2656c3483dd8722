import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { ConversionError, type ProcessOutcome, toFailure } from './failures.ts'
import { createSandboxArguments, createSandboxEnvironment, type MemoryLimit, shellPath } from './sandbox.ts'

const maxOutputCharacters = 4_000_000
const maxErrorCharacters = 20_000

export interface ExecOptions {
  signal?: AbortSignal
  timeoutMs: number
  /** Limit of the memory, if it is not the usual one. */
  memoryLimit?: MemoryLimit
  /** Receives the output as it comes, however much; without it, the output is collected up to a limit. */
  onOutput?: (text: string) => void
}

export interface ExecResult {
  stdout: string
  stderr: string
}

const spawnTool = (
  toolPath: string,
  toolArguments: string[],
  memoryLimit: MemoryLimit | undefined,
): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(shellPath, [...createSandboxArguments(toolPath, memoryLimit), ...toolArguments], {
    env: createSandboxEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** Collects stdout in the returned object, up to a limit, unless `onOutput` takes it, and the end of stderr in `outcome`. */
const collectOutput = (
  child: ChildProcessByStdio<null, Readable, Readable>,
  outcome: ProcessOutcome,
  onOutput: ExecOptions['onOutput'],
): { stdout: string } => {
  const output = { stdout: '' }
  const collect = (text: string) => {
    if (output.stdout.length < maxOutputCharacters) output.stdout += text
  }
  child.stdout.setEncoding('utf8').on('data', onOutput ?? collect)
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    outcome.stderr = (outcome.stderr + text).slice(-maxErrorCharacters)
  })
  return output
}

/** Runs a short command in the sandbox and returns its output. Rejects with a ConversionError, or with the signal's reason. */
export const execTool = (
  toolPath: string,
  toolArguments: string[],
  { signal, timeoutMs, memoryLimit, onOutput }: ExecOptions,
): Promise<ExecResult> =>
  new Promise<ExecResult>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const child = spawnTool(toolPath, toolArguments, memoryLimit)
    const outcome: ProcessOutcome = { stderr: '' }
    const kill = () => child.kill('SIGKILL')
    const timer = setTimeout(() => {
      outcome.killReason = 'deadline'
      kill()
    }, timeoutMs)
    signal?.addEventListener('abort', kill, { once: true })
    const cleanUp = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', kill)
    }
    const output = collectOutput(child, outcome, onOutput)
    child.on('error', (error: NodeJS.ErrnoException) => {
      cleanUp()
      outcome.spawnErrorCode = error.code ?? 'ENOENT'
      reject(new ConversionError(toFailure(outcome), outcome))
    })
    child.on('close', (exitCode, exitSignal) => {
      cleanUp()
      if (signal?.aborted) return reject(signal.reason)
      if (exitCode === 0 && !outcome.killReason) return resolve({ stdout: output.stdout, stderr: outcome.stderr })
      Object.assign(outcome, { exitCode, signal: exitSignal })
      reject(new ConversionError(toFailure(outcome), outcome))
    })
  })
