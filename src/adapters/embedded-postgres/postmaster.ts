import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Home, nullIfMissing } from './home.ts'
import { logPath } from './logFile.ts'
import { runsCluster } from './processes.ts'

/** Content of postmaster.pid, which a running server writes. */
export interface Postmaster {
  pid: number
  port: number
  ready: boolean
}

export const readyTimeoutMs = 60_000

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
