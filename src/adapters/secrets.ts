import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A secret that is made once and kept in a file for its owner alone, also when two processes start at once. */
const loadOrCreateSecret = async (dataDir: string, name: string): Promise<string> => {
  const folder = join(dataDir, 'secrets')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  const existing = await readFile(path, 'utf8').catch(nullIfMissing)
  if (existing !== null) return existing.trim()
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  // Whoever links first wins; the other reads what the winner wrote.
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

/** Signs tokens in development, where nobody named a secret. */
export const loadAuthSecret = (dataDir: string): Promise<string> => loadOrCreateSecret(dataDir, 'auth')

/** Signs delivery URLs and upload targets. */
export const loadSigningKey = async (dataDir: string): Promise<{ id: string; secret: string }> => ({
  id: '1',
  secret: await loadOrCreateSecret(dataDir, 'signing'),
})
