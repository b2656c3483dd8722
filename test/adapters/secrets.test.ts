import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadAuthSecret, loadSigningKey } from '../../src/adapters/secrets.ts'

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'secrets-'))
})
afterEach(() => rm(dataDir, { recursive: true }))

const mode = async (...path: string[]): Promise<number> => (await stat(join(dataDir, ...path))).mode & 0o777

it('is made once and found again', async () => {
  const created = await loadAuthSecret(dataDir)
  expect(Buffer.from(created, 'base64url')).toHaveLength(32)
  expect(await loadAuthSecret(dataDir)).toBe(created)
  expect((await readFile(join(dataDir, 'secrets', 'auth'), 'utf8')).trim()).toBe(created)
})

it('is for its owner alone', async () => {
  await loadAuthSecret(dataDir)
  expect(await mode('secrets')).toBe(0o700)
  expect(await mode('secrets', 'auth')).toBe(0o600)
})

it('is one, also when many start at once, and leaves no draft behind', async () => {
  const created = await Promise.all(Array.from({ length: 20 }, () => loadAuthSecret(dataDir)))
  expect(new Set(created).size).toBe(1)
  expect(await readdir(join(dataDir, 'secrets'))).toEqual(['auth'])
})

it('signs deliveries with another one than tokens', async () => {
  const { id, secret } = await loadSigningKey(dataDir)
  expect(id).toBe('1')
  expect(secret).not.toBe(await loadAuthSecret(dataDir))
  expect(await loadSigningKey(dataDir)).toEqual({ id, secret })
})

it('does not hide that it cannot be read', async () => {
  await expect(loadAuthSecret(join(dataDir, 'nul\0'))).rejects.toThrow()
  await loadAuthSecret(dataDir)
  await expect(loadAuthSecret(join(dataDir, 'secrets', 'auth'))).rejects.toThrow()
})
