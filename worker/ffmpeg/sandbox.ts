import { fileURLToPath } from 'node:url'
import { maxMemoryKiB } from './limits.ts'

const sandboxScriptPath = fileURLToPath(new URL('./sandbox.sh', import.meta.url))

/** Run by this, a shell script needs no executable bit, and a vanished tool is an exit code and not a spawn error. */
export const shellPath = '/bin/sh'

/** What comes before the tool's own arguments so that it dies with this process, however that ends. */
export const createSandboxArguments = (toolPath: string, memoryKiB = maxMemoryKiB) => [
  sandboxScriptPath,
  String(process.pid),
  String(memoryKiB),
  toolPath,
]

/**
 * Nothing of the worker's environment (secrets, library paths of its own) reaches a program that parses foreign files.
 * A static build that finds the system's character tables loads a second C library for them and crashes, at every
 * MPEG-TS with a station's name: it gets none.
 */
export const createSandboxEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  GCONV_PATH: '/nonexistent',
})
