import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** EPERM also means that somebody is there. */
export const processExists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // as: process.kill throws nothing else
  }
}

/**
 * What tells a process from a later one with the same number: when it started, and in which boot. Null where nobody
 * has that number. A zombie counts as gone: it holds nothing any more.
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
  // The name in field 2 may hold blanks and parentheses: count from the last one. Field 3 is the state, 22 the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return `${bootId.trim()}:${fields[19]}`
}

/**
 * Whether the process is the PostgreSQL of a cluster, which is its working folder. Null where that cannot be known: root
 * in a container may not look at other accounts' folders, and then an argument decides.
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
