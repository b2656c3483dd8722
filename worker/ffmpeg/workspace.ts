import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

interface Workspace extends AsyncDisposable {
  path: string
}

export interface Workspaces {
  /** Creates a private folder; `await using` removes it. */
  create(): Promise<Workspace>
  /** Removes the workspaces of processes that have ended, and returns their number. */
  sweep(): Promise<number>
}

/**
 * Age at which a workspace of another machine counts as abandoned. When several machines share the folder, none can
 * tell whether a process of another one is still running.
 */
const maxForeignAgeMs = 48 * 3600 * 1000

/**
 * Reads the start time of a process, which tells it from other processes since process ids are reused.
 * `0` if the process runs but its start time is unknown; null if there is no such process.
 */
const readProcessStart = async (pid: number): Promise<string | null> => {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The name in the second field may contain blanks and brackets; the start time is the 20th field after it.
  if (line) return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  try {
    process.kill(pid, 0)
    return '0'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '0' : null // as: what kill throws
  }
}

const hostName = hostname().replace(/[^a-zA-Z0-9]/g, '') || 'host'
const namePattern = /^work-([a-zA-Z0-9]+)-(\d+)-(\d+)-/

const isOrphaned = async (root: string, name: string): Promise<boolean> => {
  const [, owner, pid, start] = namePattern.exec(name) ?? []
  if (!owner || !pid) return false
  if (owner === hostName) return (await readProcessStart(Number(pid))) !== start
  const { mtimeMs } = await stat(join(root, name)).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs > maxForeignAgeMs
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 })

export const createWorkspaces = (root: string): Workspaces => ({
  async create() {
    const start = await readProcessStart(process.pid)
    const path = join(root, `work-${hostName}-${process.pid}-${start}-${randomUUID()}`)
    await mkdir(path, { recursive: true, mode: 0o700 })
    return { path, [Symbol.asyncDispose]: () => remove(path) }
  },
  async sweep() {
    const names = await readdir(root).catch(() => [])
    const orphanFlags = await Promise.all(names.map((name) => isOrphaned(root, name)))
    const orphanNames = names.filter((_, index) => orphanFlags[index])
    await Promise.all(orphanNames.map((name) => remove(join(root, name))))
    return orphanNames.length
  },
})
