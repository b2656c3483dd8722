import { it as base, describe, expect } from 'vitest'
import { withTokenCache } from '../../src/adapters/tokenCache.ts'

const identityOf = (externalId: string, lifetimeMs: number) => ({
  externalId,
  name: externalId,
  role: 'VIEWER' as const,
  kind: 'PERSON' as const,
  hasName: true,
  expiresAt: new Date(Date.now() + lifetimeMs),
})

/** Verification that counts its calls, and keys that a test can exchange. */
const it = base.extend('verification', () => {
  const state = { keys: {} as object | null, lifetimeMs: 60_000, calls: 0, onCall: () => {} }
  const read = withTokenCache(
    async (token) => {
      state.calls++
      state.onCall()
      if (token === 'forged') throw new Error('forged')
      return identityOf(token, state.lifetimeMs)
    },
    () => state.keys,
  )
  return Object.assign(state, { read })
})

describe('a cache of tokens', () => {
  it('verifies a token once', async ({ verification }) => {
    for (const _ of [1, 2, 3]) expect((await verification.read('ada')).externalId).toBe('ada')
    expect(verification.calls).toBe(1)
  })

  it('tells tokens apart', async ({ verification }) => {
    await verification.read('ada')
    expect((await verification.read('bob')).externalId).toBe('bob')
  })

  it('verifies an expired token again', async ({ verification }) => {
    verification.lifetimeMs = 0
    await verification.read('ada')
    await verification.read('ada')
    expect(verification.calls).toBe(2)
  })

  it('keeps no refusal', async ({ verification }) => {
    for (const _ of [1, 2]) await expect(verification.read('forged')).rejects.toThrow('forged')
    expect(verification.calls).toBe(2)
  })

  it('verifies again with new keys', async ({ verification }) => {
    await verification.read('ada')
    verification.keys = {}
    await verification.read('ada')
    expect(verification.calls).toBe(2)
  })

  it('verifies each time while the keys are outdated', async ({ verification }) => {
    await verification.read('ada')
    verification.keys = null
    for (const _ of [1, 2]) await verification.read('ada')
    expect(verification.calls).toBe(3)
  })

  it('keeps nothing that was verified while the keys changed', async ({ verification }) => {
    verification.onCall = () => {
      verification.keys = {}
    }
    await verification.read('ada')
    verification.onCall = () => {}
    await verification.read('ada')
    expect(verification.calls).toBe(2)
  })

  it('forgets the oldest of 10,001 tokens', async ({ verification }) => {
    for (let index = 0; index <= 10_000; index++) await verification.read(`user-${index}`)
    await verification.read('user-1')
    expect(verification.calls).toBe(10_001)
    await verification.read('user-0')
    expect(verification.calls).toBe(10_002)
  })
})
