import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import type { Lanes } from '../../../src/services/locking/lanes.ts'
import { createUsages } from '../../../src/services/usage/usages.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const usage = { id: randomUUID() }

/** Lanes in which transactions for several links never end, and those for one link succeed. */
const run = (_lane: string, { triesOnce }: { triesOnce?: boolean }) =>
  triesOnce ? new Promise(() => undefined) : Promise.resolve({ result: usage })
const lanes = { run } as unknown as Lanes // as: a stub

const actor: UserActor = { type: 'user', userId: randomUUID(), role: 'EDITOR', requestId: null }
const newInput = () => ({
  mediaId: globalId('Media', randomUUID()),
  resource: { type: 'lesson', externalId: randomUUID() },
})

test('a link does not wait for a transaction of others that hangs', async () => {
  const usages = createUsages({ database: {} as Database, lanes, clock: { now: () => new Date() } })
  void usages.link(actor, newInput())
  await vi.advanceTimersByTimeAsync(10)
  const onLinked = vi.fn()
  void usages.link(actor, newInput()).then(onLinked)
  await vi.advanceTimersByTimeAsync(5000)
  expect(onLinked).toHaveBeenCalledWith(usage)
})
