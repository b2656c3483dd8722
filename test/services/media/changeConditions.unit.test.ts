import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createChangeConditions } from '../../../src/services/media/changeConditions.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const openConditions = async (search?: string) => {
  const lookUp = vi.fn(() => Promise.resolve([]))
  const database = { $queryRaw: lookUp } as unknown as Database // the only method that is called
  const filter = { trashed: false, ...(search === undefined ? {} : { search }) }
  const conditions = createChangeConditions({ database, filter, onChange: vi.fn() })
  await conditions.renew()
  return { conditions, lookUp }
}

it('looks up the words of a search again after a minute', async () => {
  const { conditions, lookUp } = await openConditions('cells')
  expect(lookUp).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(59_000)
  expect(conditions.isRenewalDue()).toBe(false)
  vi.advanceTimersByTime(1000)
  expect(conditions.isRenewalDue()).toBe(true)
})

it('looks up the words of a search a second after others have become known', async () => {
  const { conditions } = await openConditions('cells')
  conditions.expire()
  expect(conditions.isRenewalDue()).toBe(false)
  vi.advanceTimersByTime(1000)
  expect(conditions.isRenewalDue()).toBe(true)
})

it('keeps the conditions of a filter without a search', async () => {
  const { conditions, lookUp } = await openConditions()
  conditions.expire()
  vi.advanceTimersByTime(120_000)
  expect(conditions.isRenewalDue()).toBe(false)
  expect(lookUp).not.toHaveBeenCalled()
})
