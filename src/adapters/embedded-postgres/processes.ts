import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Returns whether a process exists; EPERM also means that it does. */
export const processExists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // as: process.kill throws nothing else
  }
}

/**
 * Returns what distinguishes a process from a later one with the same id: its start time and the boot. Null if there is
 * no such process. A zombie counts as ended: it holds no resources any more.
 */
export const readProcessIdentity = async (pid: number): Promise<string | null> => {
  if (!processExists(pid)) return null
  if (process.platform === 'linux') return readLinuxIdentity(pid)
  const result = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null)
  return result?.stdout.trim() || null
}

const readLinuxIdentity = async (pid: number): Promise<string | null> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  // The name in field 2 may contain spaces and parentheses: count from the last one. Field 3 is the state, 22 the
  // start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return `${bootId.trim()}:${fields[19]}`
}

/**
 * Returns whether the process is the PostgreSQL of a cluster, which is then its working folder. Root in a container may
 * not be allowed to read the folders of other accounts; then an argument of the command decides. Null if unknown.
 */
export const runsCluster = async (pid: number, cluster: string): Promise<boolean | null> => {
  if (!processExists(pid)) return false
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null)
  if (folder !== null) return folder === cluster
  const command = await commandOf(pid)
  if (!/^\S*postgres(\0| |$)/.test(command)) return false
  return command.includes(cluster) ? true : null
}

const commandOf = async (pid: number): Promise<string> => {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const result = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => null)
  return result?.stdout.trim() ?? ''
}
