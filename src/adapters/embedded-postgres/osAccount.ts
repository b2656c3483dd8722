import { spawnSync } from 'node:child_process'
import { stat } from 'node:fs/promises'

/** Whom PostgreSQL runs as; nothing set: as ourselves. */
export interface OsAccount {
  uid?: number
  gid?: number
}

export const runsAsRoot = (): boolean => process.getuid?.() === 0

/**
 * PostgreSQL refuses to run as root, so root lends it an unprivileged account: whoever owns the existing cluster, else
 * one that has a passwd entry, which initdb insists on.
 */
export const chooseAccount = async (cluster: string): Promise<OsAccount> => {
  if (!runsAsRoot()) return {}
  const existing = await stat(cluster).catch(() => null)
  if (existing !== null && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid }
  for (const name of ['postgres', 'nobody', 'daemon']) {
    const [uid, gid] = [accountIdOf('-u', name), accountIdOf('-g', name)]
    if (uid && gid) return { uid, gid }
  }
  throw new Error('Found no unprivileged account for PostgreSQL (postgres, nobody): add one, or set DATABASE_URL.')
}

const accountIdOf = (flag: '-u' | '-g', name: string): number =>
  Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout)

/** Whether the identity can enter the folder. */
export const canEnter = ({ uid, gid }: OsAccount, folder: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0
