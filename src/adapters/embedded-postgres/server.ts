import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Home } from './home.ts'
import { lastLines, logPath, openLogFile } from './logFile.ts'
import { type Postmaster, readPostmaster, readyTimeoutMs } from './postmaster.ts'
import { defaultSettings, environment, type Settings } from './settings.ts'

const maxPortAttempts = 5
const orphanTimeoutMs = 30_000

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

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('The TCP server has no port.')
  return address.port
}
