import type { ChildProcess } from 'node:child_process'
import type ffmpeg from 'fluent-ffmpeg'
import type { ProcessOutcome } from '../failures.ts'
import { createSandboxEnvironment } from '../sandbox.ts'

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

/**
 * Fixes two defects of fluent-ffmpeg at the one function that spawns: it does not pass an environment on, and if a
 * process cannot be started at all, it reads the output of the missing process and throws an uncaught TypeError.
 */
export const patchSpawn = (command: ffmpeg.FfmpegCommand, outcome: ProcessOutcome): ffmpeg.FfmpegCommand => {
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
