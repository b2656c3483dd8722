import { fileURLToPath } from 'node:url'
import { maxMemoryKiB } from './limits.ts'

const sandboxScriptPath = fileURLToPath(new URL('./sandbox.sh', import.meta.url))

/** Shell that runs sandbox.sh: the script then needs no executable bit, and a missing tool is an exit code, not a spawn error. */
export const shellPath = '/bin/sh'

export interface MemoryLimit {
  /** Resource that `ulimit` limits: `v`, the address space, or `d`, the memory that can be written. */
  limit: 'v' | 'd'
  memoryKiB: number
}

const addressSpaceLimit: MemoryLimit = { limit: 'v', memoryKiB: maxMemoryKiB }

/** Arguments before the tool's own ones. They make the tool end together with this process, however this process ends. */
export const createSandboxArguments = (
  toolPath: string,
  { limit, memoryKiB }: MemoryLimit = addressSpaceLimit,
): string[] => [sandboxScriptPath, String(process.pid), limit, String(memoryKiB), toolPath]

/**
 * Environment of the tools. A program that parses untrusted files gets nothing of the worker's own environment, such as
 * secrets or library paths.
 * GCONV_PATH names no folder on purpose: a static build that finds the system's character tables loads a second C library
 * for them and crashes on every MPEG-TS file that contains a station name.
 */
export const createSandboxEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  GCONV_PATH: '/nonexistent',
})
