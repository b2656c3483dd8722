import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { authSecret, signingKey } from '../../src/adapters/secrets.ts'

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'secrets-'))
})
afterEach(() => rm(dataDir, { recursive: true }))

const mode = async (...path: string[]): Promise<number> => (await stat(join(dataDir, ...path))).mode & 0o777

it('is made once and found again', async () => {
  const made = await authSecret(dataDir)
  expect(Buffer.from(made, 'base64url')).toHaveLength(32)
  expect(await authSecret(dataDir)).toBe(made)
  expect((await readFile(join(dataDir, 'secrets', 'auth'), 'utf8')).trim()).toBe(made)
})

it('is for its owner alone', async () => {
  await authSecret(dataDir)
  expect(await mode('secrets')).toBe(0o700)
  expect(await mode('secrets', 'auth')).toBe(0o600)
})

it('is one, also when many start at once, and leaves no draft behind', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => authSecret(dataDir)))
  expect(new Set(made).size).toBe(1)
  expect(await readdir(join(dataDir, 'secrets'))).toEqual(['auth'])
})

it('signs deliveries with another one than tokens', async () => {
  const { id, secret } = await signingKey(dataDir)
  expect(id).toBe('1')
  expect(secret).not.toBe(await authSecret(dataDir))
  expect(await signingKey(dataDir)).toEqual({ id, secret })
})

it('does not hide that it cannot be read', async () => {
  await expect(authSecret(join(dataDir, 'nul\0'))).rejects.toThrow()
  await authSecret(dataDir)
  await expect(authSecret(join(dataDir, 'secrets', 'auth'))).rejects.toThrow()
})
