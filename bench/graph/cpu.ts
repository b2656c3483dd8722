import { readdir, readFile } from 'node:fs/promises'
import type { Pool } from 'pg'
import { readCpuSeconds } from '../world.ts'

const childrenOf = async (pid: number): Promise<number[]> => {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  )
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

/**
 * Reads the CPU time of a process and all its descendants; the time of those that have exited is counted by their
 * parents. Linux only: null elsewhere.
 */
export const readTreeCpuSeconds = async (pid: number): Promise<number | null> => {
  const ownSeconds = await readCpuSeconds(pid)
  if (ownSeconds === null) return null
  const seconds = await Promise.all((await childrenOf(pid)).map(readTreeCpuSeconds))
  return seconds.reduce<number>((sum, value) => sum + (value ?? 0), ownSeconds)
}

/** Returns the process id of the postmaster, the parent of all processes of a PostgreSQL on this machine; 0 if unknown. */
export const findPostmaster = async (database: Pool): Promise<number> => {
  const { rows } = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const status = await readFile(`/proc/${rows[0]?.pid}/status`, 'utf8').catch(() => '')
  const [, parent] = /^PPid:\s+(\d+)/m.exec(status) ?? []
  return Number(parent ?? 0)
}
