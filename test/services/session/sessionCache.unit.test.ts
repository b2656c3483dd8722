import { expect, it, vi } from 'vitest'
import { createSessionCache, type OpenSession } from '../../../src/services/session/sessionCache.ts'

const session: OpenSession = { userId: 'ada', role: 'EDITOR', endsAt: new Date() }

it('a session is read once for simultaneous calls', async () => {
  const read = vi.fn(async () => session)
  const cache = createSessionCache(read)
  expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual([session, session])
  expect(read).toHaveBeenCalledTimes(1)
})

it('a read that began before the end does not revive the session', async () => {
  const { promise, resolve } = Promise.withResolvers<OpenSession | null>()
  const read = vi.fn(async (): Promise<OpenSession | null> => null).mockReturnValueOnce(promise)
  const cache = createSessionCache(read)
  const early = cache.get('a')
  cache.end('a')
  resolve(session)
  await early
  expect(await cache.get('a')).toBeNull()
})

it('a read that failed is repeated by the next call', async () => {
  const read = vi.fn(async () => session).mockRejectedValueOnce(new Error('The database does not answer.'))
  const cache = createSessionCache(read)
  await expect(cache.get('a')).rejects.toThrow('does not answer')
  expect(await cache.get('a')).toEqual(session)
})

it('a session is read again after 3 seconds', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0)
  const read = vi.fn(async () => session)
  const cache = createSessionCache(read)
  await cache.get('a')
  now.mockReturnValue(2999)
  await cache.get('a')
  expect(read).toHaveBeenCalledTimes(1)
  now.mockReturnValue(3000)
  await cache.get('a')
  now.mockRestore()
  expect(read).toHaveBeenCalledTimes(2)
})
