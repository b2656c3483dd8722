import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Loads a secret from a file that only its owner can read. Creates it once, even if two processes start at the same
 * time.
 */
const loadOrCreateSecret = async (dataDir: string, name: string): Promise<string> => {
  const folder = join(dataDir, 'secrets')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  const storedSecret = await readFile(path, 'utf8').catch(nullIfMissing)
  if (storedSecret !== null) return storedSecret.trim()
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  // The first process to link wins; the other one reads its secret.
  await link(draft, path)
    .catch(ignoreIfExists)
    .finally(() => rm(draft, { force: true }))
  return (await readFile(path, 'utf8')).trim()
}

const nullIfMissing = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}

const ignoreIfExists = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error
}

/** Loads the secret that signs tokens in development, where none is configured. */
export const loadAuthSecret = (dataDir: string): Promise<string> => loadOrCreateSecret(dataDir, 'auth')

/** Loads the key that signs delivery URLs and upload targets. */
export const loadSigningKey = async (dataDir: string): Promise<{ id: string; secret: string }> => ({
  id: '1',
  secret: await loadOrCreateSecret(dataDir, 'signing'),
})
