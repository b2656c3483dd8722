import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readProcessIdentity } from './processes.ts'

export class EmbeddedPostgresInUseError extends Error {
  readonly pid: number
  constructor(home: string, pid: number) {
    super(
      `The embedded database in ${home} is in use by process ${pid}. ` +
        `Stop that process (kill ${pid}), or set DATA_DIR or DATABASE_URL for this one.`,
    )
    this.name = 'EmbeddedPostgresInUseError'
    this.pid = pid
  }
}

const maxAttempts = 25

/**
 * Claims a home: only one process at a time may run its database. Each candidate creates a file with a unique name,
 * then looks for the files of others: of two at the same time, at least one sees the other. A candidate that sees
 * another running one removes its own file. Names never repeat, so the file of an ended process can be removed without
 * a race.
 */
export const claimHome = async (home: string): Promise<{ release(): Promise<void> }> => {
  const folder = join(home, 'claims')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (let attempt = 1; ; attempt++) {
    const ownClaim = `${process.pid}.${await fingerprintOf(process.pid)}.${randomBytes(8).toString('hex')}`
    const release = () => rm(join(folder, ownClaim), { force: true })
    await writeFile(join(folder, ownClaim), '', { flag: 'wx', mode: 0o600 })
    const otherClaim = (await activeClaims(folder)).find((name) => name !== ownClaim)
    if (otherClaim === undefined) return { release }
    await release()
    if (attempt === maxAttempts) throw new EmbeddedPostgresInUseError(home, pidIn(otherClaim))
    // Two simultaneous candidates may both have withdrawn; a claim that stays is the owner's.
    await sleep(5 + Math.random() * 30)
  }
}

/** Returns the id of the process that runs the database of a home, or null. */
export const findOwnerPid = async (home: string): Promise<number | null> => {
  const [name] = await activeClaims(join(home, 'claims'))
  return name === undefined ? null : pidIn(name)
}

const pidIn = (name: string): number => Number(name.split('.')[0])

const fingerprintOf = async (pid: number): Promise<string | null> => {
  const processIdentity = await readProcessIdentity(pid)
  return processIdentity && createHash('sha256').update(processIdentity).digest('hex').slice(0, 16)
}

const activeClaims = async (folder: string): Promise<string[]> => {
  const active: string[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    if ((await fingerprintOf(pidIn(name))) === name.split('.')[1]) active.push(name)
    else await rm(join(folder, name), { force: true })
  }
  return active
}
