import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Home, nullIfMissing, type Passwords } from './home.ts'
import { runsCluster } from './processes.ts'

export type Settings = Record<string, string>

/** Content of postmaster.pid, which a running server writes. */
export interface Postmaster {
  pid: number
  port: number
  ready: boolean
}

const defaultSettings: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  // A suspended laptop and a paused container must not end sessions, but a vanished client should.
  tcp_keepalives_idle: '60',
  password_encryption: 'scram-sha-256',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
}
const maxPortAttempts = 5
const orphanTimeoutMs = 30_000
const readyTimeoutMs = 60_000
const shutdownSteps = [
  ['SIGINT', 12_000],
  ['SIGQUIT', 4_000],
  ['SIGKILL', 2_000],
] as const
const maxLogBytes = 5_000_000

export const logPath = (home: Home): string => join(home.path, 'postgres.log')
const environment = { PATH: process.env.PATH, LC_ALL: 'C' }

export const readPostmaster = async (home: Home): Promise<Postmaster | null> => {
  const text = await readFile(join(home.cluster, 'postmaster.pid'), 'utf8').catch(nullIfMissing)
  // Lines: pid, data directory, start time, port, socket folder, address, shared memory, status.
  const lines = text?.split('\n') ?? []
  const pid = Number(lines[0])
  return pid > 0 ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' } : null
}

/**
 * Returns the server that a killed process of ours left running, once it has finished starting or stopping; null if
 * there is no such server. Removes the pid file of a server that has ended: PostgreSQL itself would mistake any process
 * with that id for its own.
 */
export const findOrphan = async (home: Home): Promise<Postmaster | null> => {
  const deadline = Date.now() + readyTimeoutMs
  while (Date.now() < deadline) {
    const postmaster = await readPostmaster(home)
    if (postmaster === null) return null
    const isOurs = await runsCluster(postmaster.pid, home.cluster)
    if (isOurs === false) await rm(join(home.cluster, 'postmaster.pid'), { force: true })
    if (isOurs !== true) return null // if it is unknown, PostgreSQL decides and reports
    if (postmaster.ready) return postmaster
    await sleep(50)
  }
  throw new Error(
    `The PostgreSQL that was left running in ${home.cluster} does not become ready. See ${logPath(home)}.`,
  )
}

/**
 * Creates the cluster if it does not exist, under another name first: a crash leaves nothing that looks like a cluster.
 */
export const ensureCluster = async (home: Home, binaries: string, passwords: Passwords, settings: Settings) => {
  if (await stat(home.cluster).catch(nullIfMissing)) return
  for (const name of await readdir(home.path)) {
    if (name.startsWith('draft-'))
      await rm(join(home.path, name), { recursive: true, force: true }).catch(() => undefined) // an initdb left running may still write
  }
  const folder = join(home.path, `draft-${randomBytes(6).toString('hex')}`)
  const [draft, passwordFile] = [join(folder, 'cluster'), join(folder, 'password')]
  try {
    await mkdir(folder, { mode: 0o700 })
    await writeFile(passwordFile, passwords.superuser, { mode: 0o600 })
    await chownTo(home, folder, passwordFile)
    await runInitdb(home, binaries, [
      ...[`--pgdata=${draft}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ...['--no-instructions', ...(settings.fsync === 'off' ? ['--no-sync'] : [])],
    ])
    await rename(draft, home.cluster)
    await syncFolder(home.path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

const chownTo = async ({ account: { uid, gid } }: Home, ...paths: string[]): Promise<void> => {
  if (uid === undefined || gid === undefined) return
  for (const path of paths) await chown(path, uid, gid)
}

const runInitdb = async (home: Home, binaries: string, args: string[]): Promise<void> => {
  const initdb = spawn(join(binaries, 'bin', 'initdb'), args, {
    ...home.account,
    cwd: '/',
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [initdb.stdout, initdb.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(initdb, 'close')
  if (code !== 0) throw new Error(`Failed to create the PostgreSQL cluster ${home.cluster}:\n${lastLines(output)}`)
}

/** Starts PostgreSQL on a port that the system chooses; tries other ports if another process takes it in between. */
export const launch = async (
  home: Home,
  binaries: string,
  settings: Settings,
  onExit: () => void,
): Promise<Postmaster> => {
  const deadline = Date.now() + orphanTimeoutMs
  for (let attempt = 1; ; attempt++) {
    const outcome = await launchOn(await freePort(), home, binaries, { ...defaultSettings, ...settings }, onExit)
    if (typeof outcome !== 'string') return outcome
    if (attempt < maxPortAttempts && /could not (bind|create any TCP)/.test(outcome)) continue
    // The children of a killed server notice that it has ended, and exit; on a busy machine that takes a while.
    if (Date.now() < deadline && /pre-existing shared memory block/.test(outcome)) {
      await sleep(200)
      continue
    }
    throw new Error(`Failed to start PostgreSQL in ${home.cluster}:\n${lastLines(outcome)}`)
  }
}

/** Starts PostgreSQL on a port. Returns the running server, or the log output if it ended instead of becoming ready. */
const launchOn = async (port: number, home: Home, binaries: string, settings: Settings, onExit: () => void) => {
  const logFile = await openLogFile(home)
  try {
    const { size: initialSize } = await logFile.stat()
    const args = Object.entries({ ...settings, port: String(port) }).flatMap(([key, value]) => [
      '-c',
      `${key}=${value}`,
    ])
    const server = spawn(join(binaries, 'bin', 'postgres'), ['-D', home.cluster, ...args], {
      ...home.account,
      cwd: '/',
      env: environment,
      // A group of its own: Ctrl-C in the terminal reaches only our process, which then stops PostgreSQL in order.
      detached: true,
      // A file, not a pipe: PostgreSQL may outlive our process.
      stdio: ['ignore', logFile.fd, logFile.fd],
    })
    await once(server, 'spawn')
    server.unref()
    const { pid } = server
    if (pid === undefined) throw new Error('The PostgreSQL process has no id.')
    const deadline = Date.now() + readyTimeoutMs
    while (server.exitCode === null && server.signalCode === null && Date.now() < deadline) {
      const postmaster = await readPostmaster(home)
      if (postmaster?.ready && postmaster.pid === pid) {
        server.once('exit', onExit)
        return postmaster
      }
      await sleep(10)
    }
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGQUIT')
    return (await readFile(logPath(home), 'utf8')).slice(initialSize)
  } finally {
    await logFile.close()
  }
}

const openLogFile = async (home: Home) => {
  const stats = await stat(logPath(home)).catch(nullIfMissing)
  if (stats !== null && stats.size > maxLogBytes) await rename(logPath(home), `${logPath(home)}.old`)
  return open(logPath(home), 'a', 0o600)
}

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('The TCP server has no port.')
  return address.port
}

/** Shuts PostgreSQL down fast: ends sessions and keeps committed data. Kills a server that hangs, which is safe too. */
export const shutDown = async (home: Home, pid: number): Promise<void> => {
  for (const [signal, timeoutMs] of shutdownSteps) {
    const deadline = Date.now() + timeoutMs
    let isRunning = (await runsCluster(pid, home.cluster)) === true
    if (isRunning) process.kill(pid, signal)
    while (isRunning && Date.now() < deadline) {
      await sleep(10)
      isRunning = (await runsCluster(pid, home.cluster)) === true
    }
    if (!isRunning) return
  }
}

const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-8).join('\n')
