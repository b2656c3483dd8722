import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

export type Workspace = AsyncDisposable & { path: string }
export type Workspaces = {
  /** A private folder that goes away with `await using`. */
  create(): Promise<Workspace>
  /** Removes what dead processes have left behind, and answers how much that was. */
  sweep(): Promise<number>
}

/** When several machines share the folder, nobody knows whose processes live: only what is this old has surely been left. */
const maxForeignAgeMs = 48 * 3600 * 1000

/** Process ids come round again, so a process is known by when it started, too. Null: there is none. */
const readProcessStart = async (pid: number) => {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The name in the second field may hold blanks and brackets; the start is the 20th field after it.
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

const isOrphaned = async (root: string, name: string) => {
  const [, owner, pid, start] = namePattern.exec(name) ?? []
  if (!owner || !pid) return false
  if (owner === hostName) return (await readProcessStart(Number(pid))) !== start
  const { mtimeMs } = await stat(join(root, name)).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs > maxForeignAgeMs
}

const remove = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 3 })

export const createWorkspaces = (root: string): Workspaces => ({
  create: async () => {
    const start = await readProcessStart(process.pid)
    const path = join(root, `work-${hostName}-${process.pid}-${start}-${randomUUID()}`)
    await mkdir(path, { recursive: true, mode: 0o700 })
    return { path, [Symbol.asyncDispose]: () => remove(path) }
  },
  sweep: async () => {
    const names = await readdir(root).catch(() => [])
    const candidates = await Promise.all(names.map(async (name) => ((await isOrphaned(root, name)) ? name : null)))
    const orphanNames = candidates.filter((name) => name !== null)
    await Promise.all(orphanNames.map((name) => remove(join(root, name))))
    return orphanNames.length
  },
})
