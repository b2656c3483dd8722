import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { it as base, describe, expect } from 'vitest'
import { loadAuthSecret, loadSigningKey } from '../../src/adapters/secrets.ts'
import { temporaryDirectory } from '../harness/temporaryDirectory.ts'

const it = base.extend('dataDir', () => temporaryDirectory())

const modeOf = async (...path: string[]): Promise<number> => (await stat(join(...path))).mode & 0o777

describe('a secret', () => {
  it('is created once', async ({ dataDir }) => {
    const secret = await loadAuthSecret(dataDir)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(await loadAuthSecret(dataDir)).toBe(secret)
    expect((await readFile(join(dataDir, 'secrets', 'auth'), 'utf8')).trim()).toBe(secret)
  })

  it('is readable by its owner only', async ({ dataDir }) => {
    await loadAuthSecret(dataDir)
    expect(await modeOf(dataDir, 'secrets')).toBe(0o700)
    expect(await modeOf(dataDir, 'secrets', 'auth')).toBe(0o600)
  })

  const loadConcurrently = (dataDir: string) => Promise.all(Array.from({ length: 20 }, () => loadAuthSecret(dataDir)))

  it('is the same for all that load it at the same time', async ({ dataDir }) => {
    expect(new Set(await loadConcurrently(dataDir)).size).toBe(1)
  })

  it('leaves no draft file behind', async ({ dataDir }) => {
    await loadConcurrently(dataDir)
    expect(await readdir(join(dataDir, 'secrets'))).toEqual(['auth'])
  })

  it('is not the same for deliveries as for tokens', async ({ dataDir }) => {
    const { id, secret } = await loadSigningKey(dataDir)
    expect(id).toBe('1')
    expect(secret).not.toBe(await loadAuthSecret(dataDir))
    expect(await loadSigningKey(dataDir)).toEqual({ id, secret })
  })

  it('rejects if it cannot be read', async ({ dataDir }) => {
    await expect(loadAuthSecret(join(dataDir, 'nul\0'))).rejects.toThrow()
    await loadAuthSecret(dataDir)
    await expect(loadAuthSecret(join(dataDir, 'secrets', 'auth'))).rejects.toThrow()
  })
})
