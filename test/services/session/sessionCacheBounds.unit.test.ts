import { expect, it, vi } from 'vitest'
import { createSessionCache, type OpenSession } from '../../../src/services/session/sessionCache.ts'

const session: OpenSession = { userId: 'ada', role: 'EDITOR', endsAt: new Date() }

it('invented ids do not push out a session', async () => {
  const read = vi.fn(async (idHash: string) => (idHash === 'a' ? session : null))
  const cache = createSessionCache(read)
  await cache.get('a')
  for (let count = 0; count < 10_001; count++) await cache.get(`invented ${count}`)
  read.mockClear()
  expect(await cache.get('a')).toEqual(session)
  expect(read).not.toHaveBeenCalled()
})

it('ids that end without a session do not push out one', async () => {
  const read = vi.fn(async () => session)
  const cache = createSessionCache(read)
  await cache.get('a')
  for (let count = 0; count < 10_001; count++) cache.end(`invented ${count}`)
  await cache.get('a')
  expect(read).toHaveBeenCalledTimes(1)
})

it('a session is known until it has ended', async () => {
  const cache = createSessionCache(async () => session)
  expect(cache.has('a')).toBe(false)
  await cache.get('a')
  expect(cache.has('a')).toBe(true)
  cache.end('a')
  expect(cache.has('a')).toBe(false)
})
