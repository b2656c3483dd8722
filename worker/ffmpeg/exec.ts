import { spawn } from 'node:child_process'
import { ConversionError, type Evidence, failureFrom } from './failures.ts'
import { leash, leashEnvironment, SHELL } from './sandbox.ts'

const MAX_OUTPUT_CHARACTERS = 4_000_000

/** Runs a short, leashed command and returns what it printed. Rejects with a ConversionError, or with the signal's reason. */
export const capture = (
  toolPath: string,
  commandArguments: string[],
  { signal, deadlineMs }: { signal?: AbortSignal; deadlineMs: number },
) =>
  new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const child = spawn(SHELL, [...leash(toolPath), ...commandArguments], {
      env: leashEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const evidence: Evidence = { stderr: '' }
    let stdout = ''
    const kill = () => child.kill('SIGKILL')
    const deadline = setTimeout(() => {
      evidence.ended = 'deadline'
      kill()
    }, deadlineMs)
    signal?.addEventListener('abort', kill, { once: true })
    const settle = () => {
      clearTimeout(deadline)
      signal?.removeEventListener('abort', kill)
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < MAX_OUTPUT_CHARACTERS) stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      evidence.stderr = (evidence.stderr + text).slice(-20_000)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle()
      evidence.spawnCode = error.code ?? 'ENOENT'
      reject(new ConversionError(failureFrom(evidence), evidence))
    })
    child.on('close', (exitCode, killedBy) => {
      settle()
      if (signal?.aborted) return reject(signal.reason)
      if (exitCode === 0 && !evidence.ended) return resolve({ stdout, stderr: evidence.stderr })
      Object.assign(evidence, { exitCode, signal: killedBy })
      reject(new ConversionError(failureFrom(evidence), evidence))
    })
  })
