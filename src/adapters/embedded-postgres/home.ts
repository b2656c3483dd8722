import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, chown, lstat, mkdir, realpath, rmdir, stat, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { canEnter, chooseAccount, type OsAccount } from './osAccount.ts'

/**
 * Folder of databases that root starts if PostgreSQL's account cannot enter the data directory (a checkout under /root,
 * for example).
 */
export const systemFolder = '/var/lib/mediagraph'

export interface Home {
  /** Folder that contains everything of one database: cluster, passwords, claims, log. */
  path: string
  cluster: string
  account: OsAccount
}

const entryOf = (dataDir: string): string => join(resolve(dataDir), 'postgres')

/**
 * Returns the home of the data directory's database: `postgres` in it, or the target of a symbolic link of that name.
 * Null before the first start.
 */
export const findHome = async (dataDir: string): Promise<Home | null> => {
  const entry = entryOf(dataDir)
  if ((await lstat(entry).catch(nullIfMissing)) === null) return null
  const path = await realpath(entry).catch((cause) => {
    throw new Error(
      `The database of ${dataDir} is not where ${entry} points to. Restore it, or remove ${entry} to start with an empty database.`,
      { cause },
    )
  })
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK).catch((cause) => {
    throw new Error(`${entry} belongs to another user. Run as that user, or set DATA_DIR or DATABASE_URL.`, { cause })
  })
  const cluster = join(path, 'cluster')
  return { path, cluster, account: await chooseAccount(cluster) }
}

/** Creates the home if it does not exist. May run twice, and in two processes at once. */
export const createHome = async (dataDir: string): Promise<Home> => {
  const entry = entryOf(dataDir)
  await mkdir(dirname(entry), { recursive: true })
  if ((await lstat(entry).catch(nullIfMissing)) === null) {
    const account = await chooseAccount(join(entry, 'cluster'))
    if (canEnter(account, dirname(entry))) await mkdir(entry, { mode: 0o700 }).catch(ignoreIfExists)
    else await placeOutside(entry)
  }
  const home = await findHome(dataDir)
  if (home === null) throw new Error(`${entry} was removed during its creation. Start again.`)
  await grantAccess(home.account, home.path)
  return home
}

const placeOutside = async (entry: string): Promise<void> => {
  const path = join(systemFolder, randomBytes(8).toString('hex'))
  try {
    if (await mkdir(systemFolder, { recursive: true })) await chmod(systemFolder, 0o755)
    await mkdir(path, { mode: 0o700 })
  } catch (cause) {
    const advice = 'Set DATA_DIR to a folder that other users can enter, or DATABASE_URL to a PostgreSQL server'
    const message = `PostgreSQL does not run as root, and its account can enter neither ${entry} nor ${path}. ${advice}.`
    throw new Error(message, { cause })
  }
  await symlink(path, entry).catch(async (error) => {
    await rmdir(path)
    ignoreIfExists(error)
  })
}

/**
 * Lets PostgreSQL's account, and no other, enter a home of root. Root stays the owner, so that PostgreSQL cannot plant
 * links in it.
 */
const grantAccess = async ({ gid }: OsAccount, path: string): Promise<void> => {
  if (gid === undefined || (await stat(path)).uid !== 0) return
  await chown(path, 0, gid)
  await chmod(path, 0o710)
}

export const nullIfMissing = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}

const ignoreIfExists = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error
}
