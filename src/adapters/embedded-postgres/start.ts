import { setTimeout as sleep } from 'node:timers/promises'
import { findPostgresBinaries } from './binaries.ts'
import { claimHome, findOwnerPid } from './claim.ts'
import { ensureCluster } from './cluster.ts'
import { canConnect, connectAsSuperuser, type DatabaseUrls, urlsOf } from './connection.ts'
import { createHome, findHome, type Home, systemFolder } from './home.ts'
import { logPath } from './logFile.ts'
import { runsAsRoot } from './osAccount.ts'
import { ensurePasswords, type Passwords, readPasswords } from './passwords.ts'
import { findOrphan, readPostmaster } from './postmaster.ts'
import { processExists, runsCluster } from './processes.ts'
import { ensureDatabase } from './roles.ts'
import { launch } from './server.ts'
import type { Settings } from './settings.ts'
import { shutDown } from './shutDown.ts'

export interface EmbeddedPostgres extends DatabaseUrls {
  /** May be called twice. */
  close(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  dataDir: string
  /** Settings of PostgreSQL; they override the defaults. */
  settings?: Settings
  log?: (line: string) => void
}

const attachTimeoutMs = 30_000

/** Starts the data directory's PostgreSQL, or takes over one that a killed process left running. */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const home = await createHome(options.dataDir)
  const { release } = await claimHome(home.path)
  try {
    const { urls, stop } = await run(home, options)
    // A process that exits without closing also stops its database; the signal lets PostgreSQL shut down cleanly.
    process.once('exit', stop.immediately)
    let closePromise: Promise<void> | undefined
    const close = () => {
      closePromise ??= stop.gracefully().finally(release)
      return closePromise.finally(() => process.off('exit', stop.immediately))
    }
    return { ...urls, close }
  } catch (error) {
    await release()
    throw error
  }
}

/** Attaches to the database that another running process started on the same data directory. */
export const attachEmbeddedPostgres = async (options: { dataDir: string }): Promise<DatabaseUrls> => {
  const home = await findHome(options.dataDir)
  const deadline = Date.now() + attachTimeoutMs
  while (home !== null && (await findOwnerPid(home.path)) !== null && Date.now() < deadline) {
    const [postmaster, passwords] = [await readPostmaster(home), await readPasswords(home)]
    const urls = postmaster?.ready && passwords !== null ? urlsOf(passwords, postmaster.port) : null
    if (urls !== null && (await canConnect(urls.appUrl))) return urls
    await sleep(50)
  }
  throw new Error(
    `No process runs the embedded database of ${options.dataDir}. Start the API first, or set DATABASE_URL for both.`,
  )
}

/**
 * Returns the server that was left running, or null. One that was just killed may still look like it runs, but refuses
 * connections.
 */
const findRunningOrphan = async (home: Home, passwords: Passwords) => {
  for (;;) {
    const orphan = await findOrphan(home)
    if (orphan === null || (await canConnect(urlsOf(passwords, orphan.port).ownerUrl))) return orphan
    await sleep(100)
    if ((await runsCluster(orphan.pid, home.cluster)) === true) return orphan // it runs, and the next connection reports what is wrong
  }
}

const run = async (home: Home, { settings = {}, log = () => undefined }: EmbeddedPostgresOptions) => {
  const passwords = await ensurePasswords(home)
  let shouldRun = true
  const onExit = () => {
    if (shouldRun) log(`PostgreSQL ended unexpectedly. See ${logPath(home)}.`)
  }
  const start = async () => {
    const copyFolders = runsAsRoot() ? [systemFolder, home.path] : [home.path]
    const binaries = await findPostgresBinaries(home.account, copyFolders)
    await ensureCluster(home, binaries, passwords, settings)
    return launch(home, binaries, settings, onExit)
  }
  const orphan = await findRunningOrphan(home, passwords)
  const { pid, port } = orphan ?? (await start())
  const verb = orphan ? 'Took over the running' : 'Started'
  log(`${verb} PostgreSQL on port ${port} in ${home.path} (pid ${pid}).`)
  const gracefully = () => {
    shouldRun = false
    return shutDown(home, pid)
  }
  const immediately = () => {
    if (processExists(pid)) process.kill(pid, 'SIGINT')
  }
  try {
    const superuser = await connectAsSuperuser(home, passwords, port)
    await ensureDatabase(superuser, passwords).finally(() => superuser.end())
  } catch (error) {
    await gracefully()
    throw error
  }
  return { urls: urlsOf(passwords, port), stop: { gracefully, immediately } }
}
