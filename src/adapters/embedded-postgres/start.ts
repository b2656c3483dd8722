import { setTimeout as sleep } from 'node:timers/promises'
import { findBinaries } from './binaries.ts'
import { claim, ownerOf } from './claim.ts'
import { answers, ensureDatabase, openAsSuperuser, type Urls, urlsOf } from './connection.ts'
import {
  createHome,
  ensurePasswords,
  findHome,
  type Home,
  type Passwords,
  readPasswords,
  systemFolder,
} from './home.ts'
import { runsAsRoot } from './identity.ts'
import { isAlive, serves } from './processes.ts'
import { ensureCluster, findOrphan, launch, logPath, readPostmaster, type Settings, shutDown } from './server.ts'

export interface EmbeddedPostgres extends Urls {
  /** May be called twice. */
  close(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  dataDir: string
  /** PostgreSQL's own settings, over ours. */
  settings?: Settings
  log?: (line: string) => void
}

const attachMs = 30_000

/** Starts the data directory's PostgreSQL, or takes over one that a killed process left running. */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const home = await createHome(options.dataDir)
  const { release } = await claim(home.path)
  try {
    const { urls, stop } = await run(home, options)
    // A process that ends without closing takes its database along; this signal is the clean way down.
    process.once('exit', stop.atOnce)
    let closing: Promise<void> | undefined
    const close = () => {
      closing ??= stop.inOrder().finally(release)
      return closing.finally(() => process.off('exit', stop.atOnce))
    }
    return { ...urls, close }
  } catch (error) {
    await release()
    throw error
  }
}

/** Joins the database that another living process started on the same data directory. */
export const attachEmbeddedPostgres = async (options: { dataDir: string }): Promise<Urls> => {
  const home = await findHome(options.dataDir)
  const deadline = Date.now() + attachMs
  while (home !== null && (await ownerOf(home.path)) !== null && Date.now() < deadline) {
    const [postmaster, passwords] = [await readPostmaster(home), await readPasswords(home)]
    const urls = postmaster?.ready && passwords !== null ? urlsOf(passwords, postmaster.port) : null
    if (urls !== null && (await answers(urls.appUrl))) return urls
    await sleep(50)
  }
  throw new Error(
    `No process runs the embedded database of ${options.dataDir}: start the API first, or set DATABASE_URL for both.`,
  )
}

/** One that was killed a moment ago may still look alive, until it does not answer. */
const findLivingOrphan = async (home: Home, passwords: Passwords) => {
  for (;;) {
    const orphan = await findOrphan(home)
    if (orphan === null || (await answers(urlsOf(passwords, orphan.port).ownerUrl))) return orphan
    await sleep(100)
    if ((await serves(orphan.pid, home.cluster)) === true) return orphan // it lives, and tells itself what is wrong
  }
}

const run = async (home: Home, { settings = {}, log = () => undefined }: EmbeddedPostgresOptions) => {
  const passwords = await ensurePasswords(home)
  let wanted = true
  const onEnd = () => {
    if (wanted) log(`PostgreSQL has ended unexpectedly: see ${logPath(home)}`)
  }
  const start = async () => {
    const copies = runsAsRoot() ? [systemFolder, home.path] : [home.path]
    const binaries = await findBinaries(home.identity, copies)
    await ensureCluster(home, binaries, passwords, settings)
    return launch(home, binaries, settings, onEnd)
  }
  const orphan = await findLivingOrphan(home, passwords)
  const { pid, port } = orphan ?? (await start())
  log(
    `PostgreSQL ${orphan ? 'was left running and is taken over' : 'runs'} on port ${port} in ${home.path} (pid ${pid})`,
  )
  const inOrder = () => {
    wanted = false
    return shutDown(home, pid)
  }
  const atOnce = () => {
    if (isAlive(pid)) process.kill(pid, 'SIGINT')
  }
  try {
    const superuser = await openAsSuperuser(home, passwords, port)
    await ensureDatabase(superuser, passwords).finally(() => superuser.end())
  } catch (error) {
    await inOrder()
    throw error
  }
  return { urls: urlsOf(passwords, port), stop: { inOrder, atOnce } }
}
