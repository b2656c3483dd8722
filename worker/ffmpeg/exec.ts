import { spawn } from 'node:child_process'
import { ConversionError, failureFrom, type ProcessOutcome } from './failures.ts'
import { createSandboxArguments, createSandboxEnvironment, shellPath } from './sandbox.ts'

const maxOutputCharacters = 4_000_000

/** Runs a short, leashed command and returns what it printed. Rejects with a ConversionError, or with the signal's reason. */
export const execTool = (
  toolPath: string,
  commandArguments: string[],
  { signal, timeoutMs }: { signal?: AbortSignal; timeoutMs: number },
) =>
  new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const child = spawn(shellPath, [...createSandboxArguments(toolPath), ...commandArguments], {
      env: createSandboxEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const outcome: ProcessOutcome = { stderr: '' }
    let stdout = ''
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
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < maxOutputCharacters) stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      outcome.stderr = (outcome.stderr + text).slice(-20_000)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      cleanUp()
      outcome.spawnErrorCode = error.code ?? 'ENOENT'
      reject(new ConversionError(failureFrom(outcome), outcome))
    })
    child.on('close', (exitCode, exitSignal) => {
      cleanUp()
      if (signal?.aborted) return reject(signal.reason)
      if (exitCode === 0 && !outcome.killReason) return resolve({ stdout, stderr: outcome.stderr })
      Object.assign(outcome, { exitCode, signal: exitSignal })
      reject(new ConversionError(failureFrom(outcome), outcome))
    })
  })
