import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RateLimiter } from '../../src/services/kernel/ports.ts'

export interface RateLimiterSetup {
  limiter: RateLimiter
  close(): Promise<void>
}

/** Contract of every rate limiter adapter. */
export const rateLimiterContract = (name: string, open: () => Promise<RateLimiterSetup>): void => {
  describe(`${name} rate limiter`, () => {
    let setup: RateLimiterSetup
    beforeAll(async () => {
      setup = await open()
    })
    afterAll(() => setup?.close())

    const createAllowance = (windowSeconds = 60) => ({ name: randomUUID(), max: 3, windowSeconds })

    test('allows as many calls as the allowance has', async () => {
      const take = setup.limiter.limit(createAllowance())
      for (let count = 0; count < 3; count++) expect(await take('ada', 1)).toBeNull()
    })

    test('refuses further calls with the time until the next window', async () => {
      const take = setup.limiter.limit(createAllowance())
      for (let count = 0; count < 3; count++) expect(await take('ada', 1)).toBeNull()
      const waitMs = await take('ada', 1)
      expect(waitMs).toBeGreaterThan(50_000)
      expect(waitMs).toBeLessThanOrEqual(60_000)
    })

    test('deducts the requested count at once', async () => {
      const take = setup.limiter.limit(createAllowance())
      expect(await take('ada', 2)).toBeNull()
      expect(await take('ada', 2)).toBeGreaterThan(0)
    })

    test('allows calls again that are given back', async () => {
      const take = setup.limiter.limit(createAllowance())
      expect(await take('ada', 3)).toBeNull()
      expect(await take('ada', -2)).toBeNull()
      expect(await take('ada', 2)).toBeNull()
      expect(await take('ada', 1)).toBeGreaterThan(0)
    })

    test('counts each caller and each allowance separately', async () => {
      const [one, other] = [setup.limiter.limit(createAllowance()), setup.limiter.limit(createAllowance())]
      expect(await one('ada', 3)).toBeNull()
      expect(await one('ada', 1)).not.toBeNull()
      expect(await one('bob', 3)).toBeNull()
      expect(await other('ada', 3)).toBeNull()
    })

    test('allows exactly the maximum of concurrent calls', async () => {
      const take = setup.limiter.limit({ ...createAllowance(), max: 20 })
      const waits = await Promise.all(Array.from({ length: 50 }, () => take('ada', 1)))
      expect(waits.filter((ms) => ms === null)).toHaveLength(20)
    })

    test('allows calls again after the returned time', async () => {
      const take = setup.limiter.limit(createAllowance(1))
      expect(await take('ada', 3)).toBeNull()
      const waitMs = (await take('ada', 1)) ?? 0
      expect(waitMs).toBeGreaterThan(0)
      // A timer may fire slightly early.
      await wait(waitMs + 2)
      expect(await take('ada', 3)).toBeNull()
    })
  })
}
