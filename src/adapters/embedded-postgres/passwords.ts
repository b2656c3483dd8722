import { randomBytes } from 'node:crypto'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Home, nullIfMissing } from './home.ts'
import { runsAsRoot } from './osAccount.ts'

export interface Passwords {
  superuser: string
  owner: string
  app: string
}

/** Creates the passwords once, before the cluster, so that a cluster always has its passwords. */
export const ensurePasswords = async (home: Home): Promise<Passwords> => {
  const storedPasswords = await readPasswords(home)
  if (storedPasswords !== null) return storedPasswords
  if (await stat(home.cluster).catch(nullIfMissing)) {
    throw new Error(
      `${passwordsPath(home)} is missing. Restore it, or remove ${home.path} to start with an empty database.`,
    )
  }
  const passwords = { superuser: secret(), owner: secret(), app: secret() }
  await writePrivately(home, passwordsPath(home), JSON.stringify(passwords))
  return passwords
}

export const readPasswords = async (home: Home): Promise<Passwords | null> => {
  const text = await readFile(passwordsPath(home), 'utf8').catch(nullIfMissing)
  return text === null ? null : (JSON.parse(text) as Passwords) // as: written by ensurePasswords, readable to us alone
}

const passwordsPath = (home: Home): string => join(home.path, 'passwords.json')

const secret = (): string => randomBytes(24).toString('base64url')

/** Writes a file and syncs it to disk before it gets its name. Root gives it to the owner of the home. */
const writePrivately = async (home: Home, path: string, text: string): Promise<void> => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    const { uid, gid } = await stat(home.path)
    if (runsAsRoot()) await file.chown(uid, gid)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
