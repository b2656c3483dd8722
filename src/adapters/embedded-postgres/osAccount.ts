import { spawnSync } from 'node:child_process'
import { stat } from 'node:fs/promises'

/** Account that PostgreSQL runs as; the account of this process if nothing is set. */
export interface OsAccount {
  uid?: number
  gid?: number
}

export const runsAsRoot = (): boolean => process.getuid?.() === 0

/**
 * Chooses the account of PostgreSQL, which refuses to run as root: for root, the owner of the existing cluster, else an
 * unprivileged account with a passwd entry, which initdb requires.
 */
export const chooseAccount = async (cluster: string): Promise<OsAccount> => {
  if (!runsAsRoot()) return {}
  const clusterStats = await stat(cluster).catch(() => null)
  if (clusterStats !== null && clusterStats.uid !== 0) return { uid: clusterStats.uid, gid: clusterStats.gid }
  for (const name of ['postgres', 'nobody', 'daemon']) {
    const [uid, gid] = [accountIdOf('-u', name), accountIdOf('-g', name)]
    if (uid && gid) return { uid, gid }
  }
  throw new Error(
    'There is no unprivileged account for PostgreSQL (postgres, nobody or daemon). Create one, or set DATABASE_URL.',
  )
}

const accountIdOf = (flag: '-u' | '-g', name: string): number =>
  Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout)

/** Returns whether the account can enter the folder. */
export const canEnter = ({ uid, gid }: OsAccount, folder: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0
