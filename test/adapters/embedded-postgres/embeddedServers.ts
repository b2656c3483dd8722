import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { processExists } from '../../../src/adapters/embedded-postgres/processes.ts'
import { startEmbeddedPostgres } from '../../../src/adapters/embedded-postgres/start.ts'
import { temporaryDirectory } from '../../harness/temporaryDirectory.ts'

export const root = join(import.meta.dirname, '..', '..', '..')
export const source = join(root, 'src', 'adapters', 'embedded-postgres', 'start.ts')
const runner = join(root, 'test', 'harness', 'embedded-postgres-process.ts')
export const settings = { fsync: 'off' }

/** Creates a folder that is removed after the test. */
export const temporaryFolder = async (mode: number): Promise<string> => {
  const folder = await temporaryDirectory()
  await chmod(folder, mode)
  return folder
}

/** Creates a data folder; stops a PostgreSQL that still runs in it at the end of the test. */
export const dataFolder = async (mode = 0o711): Promise<string> => {
  const dataDir = await temporaryFolder(mode)
  onTestFinished(async () => {
    const home = await realpath(join(dataDir, 'postgres')).catch(() => null)
    if (home === null) return
    const pid = await postmasterOf(dataDir).catch(() => null)
    if (pid !== null && processExists(pid)) process.kill(pid, 'SIGQUIT')
    while (pid !== null && processExists(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
    await rm(home, { recursive: true, force: true })
  })
  return dataDir
}

/** Returns the process id of the PostgreSQL in a data folder. */
export const postmasterOf = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0])

/** Starts the database in this process, and closes it after the test. */
export const start = async (dataDir: string) => {
  const postgres = await startEmbeddedPostgres({ dataDir, settings })
  onTestFinished(() => postgres.close())
  return postgres
}

/** Line that the process prints once the database has started, or failed to start. */
interface StartResult {
  ownerUrl: string
  appUrl: string
  error?: string
}

/** Starts the database in another process, which is stopped after the test. */
export const startInProcess = async (
  dataDir: string,
  options: { uid?: number; gid?: number; source?: string } = {},
) => {
  const { uid, gid } = options
  const args = [runner, options.source ?? source, dataDir]
  const child = spawn(process.execPath, args, { uid, gid, cwd: '/', stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  onTestFinished(() => endProcess(child, 'SIGTERM'))
  const input = child.stdout as NonNullable<typeof child.stdout> // as: a pipe, see above
  const [line] = await once(createInterface({ input }), 'line')
  return { child, result: JSON.parse(line) as StartResult } // as: the runner's own line
}

export const endProcess = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
