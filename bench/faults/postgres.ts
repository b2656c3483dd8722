import { readdir, readFile } from 'node:fs/promises'
import type { World } from '../world.ts'

/** Reads the parent of a process; null once it has ended. The second field, the name, may contain blanks. */
const parentOf = async (pid: string): Promise<number | null> => {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return line === null ? null : Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1])
}

/** Every session is a child of the process that accepts connections. */
const readPostmasterPid = async ({ database }: World): Promise<number> => {
  const { rows } = await database.query('SELECT pg_backend_pid() AS pid')
  const pid = await parentOf(String(rows[0].pid))
  if (pid === null) throw new Error('PostgreSQL does not run on this machine.')
  return pid
}

/** Processes of a world's PostgreSQL. Linux only. */
export const openPostgresProcesses = async (world: World) => {
  const postmaster = await readPostmasterPid(world)

  const listChildren = async (): Promise<number[]> => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const parents = await Promise.all(pids.map(parentOf))
    return pids.filter((_, index) => parents[index] === postmaster).map(Number)
  }

  const signalAll = async (signal: NodeJS.Signals): Promise<void> => {
    for (const pid of [postmaster, ...(await listChildren())]) process.kill(pid, signal)
  }

  return {
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    /** Kills one session: PostgreSQL ends all others, and starts again from its log. */
    async crash(): Promise<void> {
      const { rows } = await world.database.query(
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1`,
      )
      process.kill(rows[0].pid, 'SIGKILL')
    },
  }
}
