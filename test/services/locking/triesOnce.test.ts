import { expect } from 'vitest'
import { databasePoolSize } from '../../../src/adapters/database.ts'
import { RateLimitedError } from '../../../src/services/kernel/errors.ts'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { createLanes, type LaneOptions } from '../../../src/services/locking/lanes.ts'
import { it as base } from '../../harness/databaseIt.ts'
import { openSession } from '../../harness/session.ts'

/** `runOnce` runs work that tries once; `holder` is another session. */
const it = base
  .extend('holder', async ({ testDatabase }, { onCleanup }) => {
    const session = await openSession(testDatabase.appUrl)
    onCleanup(() => session.end())
    return session
  })
  .extend('runOnce', ({ database }) => {
    const lanes = createLanes({ database, poolSize: databasePoolSize })
    return (options: Partial<LaneOptions>, work: (transaction: Transaction) => Promise<unknown>) =>
      lanes.run('media', { activity: 'tests', triesOnce: true, ...options }, work)
  })

it('work that tries once is refused at a lock without another attempt', async ({ holder, runOnce }) => {
  await holder.query('SELECT pg_advisory_lock(1)')
  let attemptCount = 0
  const refusal = runOnce({}, (transaction) => {
    attemptCount += 1
    return transaction.$queryRaw`SELECT pg_advisory_xact_lock(1)::text`
  })
  await expect(refusal).rejects.toBeInstanceOf(RateLimitedError)
  expect(attemptCount).toBe(1)
})

it('work that tries once does not queue for a tree', { timeout: 10_000 }, async ({ holder, runOnce }) => {
  await holder.query('SELECT pg_advisory_lock(7301, 2)')
  let attemptCount = 0
  const refusal = runOnce({ tree: 'resources', treeMode: 'shared' }, async () => (attemptCount += 1))
  await expect(refusal).rejects.toBeInstanceOf(RateLimitedError)
  expect(attemptCount).toBe(0)
})

it('work that tries once shares a free tree', async ({ runOnce }) => {
  expect(await runOnce({ tree: 'resources', treeMode: 'shared' }, async () => 'done')).toBe('done')
})
