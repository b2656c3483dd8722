import fc from 'fast-check'
import type pg from 'pg'
import { describe, expect } from 'vitest'
import { databasePoolSize } from '../../../src/adapters/database.ts'
import { RateLimitedError } from '../../../src/services/kernel/errors.ts'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { createLanes, type LaneName, lanePermits } from '../../../src/services/locking/lanes.ts'
import { it as base } from '../../harness/databaseIt.ts'
import { openSession } from '../../harness/session.ts'

const it = base
  .extend('lanes', { scope: 'file' }, ({ database }) => createLanes({ database, poolSize: databasePoolSize }))
  .extend('otherSession', async ({ testDatabase }, { onCleanup }) => {
    const session = await openSession(testDatabase.appUrl)
    onCleanup(() => session.end())
    return session
  })

const laneNames: LaneName[] = ['interactive', 'media', 'people', 'maintenance']

/** Any lock that transactions can wait for. */
const lock = (transaction: Transaction) => transaction.$queryRaw`SELECT pg_advisory_xact_lock(1)::text`
/** Holds that lock until `unlockIn` is called, or the test ends. */
const lockIn = (session: pg.Client) => session.query('SELECT pg_advisory_lock(1)')
const unlockIn = (session: pg.Client) => session.query('SELECT pg_advisory_unlock_all()')

describe('the lanes of a process', () => {
  it('leave at least a quarter of the connections to readers, in any pool of eight or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 500 }), (poolSize) => {
        const permits = Object.values(lanePermits(poolSize))
        expect(Math.min(...permits)).toBeGreaterThanOrEqual(1)
        expect(permits.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(poolSize * 0.75)
      }),
    )
  })

  it.for(laneNames)('run at most the permitted number of transactions at a time: %s', async (lane, { lanes }) => {
    const permitted = lanePermits(databasePoolSize)[lane]
    let [activeCount, maxActiveCount] = [0, 0]
    const allRun = Promise.withResolvers<void>()
    const work = async (transaction: Transaction) => {
      maxActiveCount = Math.max(maxActiveCount, ++activeCount)
      if (activeCount === permitted) allRun.resolve()
      await allRun.promise
      await transaction.$queryRaw`SELECT pg_sleep(0.02)::text`
      activeCount--
    }
    await Promise.all(Array.from({ length: 20 }, () => lanes.run(lane, { activity: 'tests' }, work)))
    expect(maxActiveCount).toBe(permitted)
  })

  it('do not delay each other', async ({ lanes, otherSession }) => {
    await lockIn(otherSession)
    const blocked = Array.from({ length: 10 }, () => lanes.run('people', { activity: 'tests' }, lock))
    expect(await lanes.run('interactive', { activity: 'tests' }, async () => 'done')).toBe('done')
    await unlockIn(otherSession)
    await Promise.all(blocked)
  })
})

describe('a transaction that meets a lock', () => {
  it('runs its work again from the start until it holds the lock', async ({ lanes, otherSession }) => {
    await lockIn(otherSession)
    let attemptCount = 0
    const result = lanes.run('media', { activity: 'tests' }, async (transaction) => {
      attemptCount++
      await lock(transaction)
      return 'done'
    })
    await expect.poll(() => attemptCount, { timeout: 10_000 }).toBeGreaterThan(2)
    await unlockIn(otherSession)
    expect(await result).toBe('done')
  })

  it('gives its place to others of its lane while it waits', async ({ lanes, otherSession }) => {
    await lockIn(otherSession)
    const blocked = Array.from({ length: 12 }, () => lanes.run('people', { activity: 'tests' }, lock))
    expect(await lanes.run('people', { activity: 'tests' }, async () => 'done')).toBe('done')
    await unlockIn(otherSession)
    await Promise.all(blocked)
  })

  it('leaves nothing of an attempt that was rolled back', async ({ database, lanes, otherSession }) => {
    await lockIn(otherSession)
    let attemptCount = 0
    const result = lanes.run('media', { activity: 'tests' }, async (transaction) => {
      const externalId = `attempt-${++attemptCount}`
      await transaction.user.create({ data: { externalId, name: 'Learner', role: 'VIEWER', kind: 'PERSON' } })
      await lock(transaction)
    })
    await expect.poll(() => attemptCount, { timeout: 10_000 }).toBeGreaterThan(1)
    await unlockIn(otherSession)
    await result
    expect(await database.user.findMany({ where: { externalId: { startsWith: 'attempt-' } } })).toHaveLength(1)
  })

  it('is refused after its timeout, naming the competing requests', async ({ lanes, otherSession }) => {
    await lockIn(otherSession)
    const refusal = lanes.run('media', { activity: 'changes of tests', timeoutMs: 400 }, lock)
    await expect(refusal).rejects.toThrow('Too many concurrent changes of tests.')
    await expect(refusal).rejects.toBeInstanceOf(RateLimitedError)
  })

  it('is refused after its timeout even if its lane never has a free place', async ({ lanes }) => {
    const hold = (transaction: Transaction) => transaction.$queryRaw`SELECT pg_sleep(1)::text`
    const { people } = lanePermits(databasePoolSize)
    const holders = Array.from({ length: people }, () => lanes.run('people', { activity: 'tests' }, hold))
    const refusal = lanes.run('people', { activity: 'tests', timeoutMs: 100 }, async () => 'done')
    await expect(refusal).rejects.toBeInstanceOf(RateLimitedError)
    await Promise.all(holders)
  })

  it('rejects with an error of the work without another attempt', async ({ lanes }) => {
    let attemptCount = 0
    const work = async () => {
      attemptCount++
      throw new Error('A fault.')
    }
    await expect(lanes.run('media', { activity: 'tests' }, work)).rejects.toThrow('A fault.')
    expect(attemptCount).toBe(1)
  })
})

it.for([
  ['a tree', { tree: 'folders' }],
  ['a media', { mediaId: 'one' }],
] as const)('transactions for %s run one at a time, in the order of their arrival', async ([, target], { lanes }) => {
  const order: number[] = []
  const work = (index: number) => async (transaction: Transaction) => {
    order.push(index)
    await transaction.$queryRaw`SELECT pg_sleep(0.01)::text`
    order.push(index)
  }
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => lanes.run('media', { activity: 'tests', ...target }, work(index))),
  )
  expect(order).toEqual(Array.from({ length: 8 }, (_, index) => [index, index]).flat())
})

describe('a transaction that waits for a tree', () => {
  it('keeps its place in the queue while another process locks the tree again and again', async ({
    lanes,
    otherSession,
  }) => {
    let isStopped = false
    let holdCount = 0
    const holdRepeatedly = async () => {
      while (!isStopped) {
        await otherSession.query('SELECT pg_advisory_lock(7301, 1)')
        holdCount++
        await otherSession.query('SELECT pg_sleep(0.8)')
        await otherSession.query('SELECT pg_advisory_unlock(7301, 1)')
      }
    }
    const holding = holdRepeatedly()
    await expect.poll(() => holdCount).toBeGreaterThan(0)
    const holdsBefore = holdCount
    await lanes.run('media', { activity: 'tests', tree: 'folders' }, async () => undefined)
    expect(holdCount - holdsBefore).toBeLessThanOrEqual(2)
    isStopped = true
    await holding
  })

  it('does not delay changes of the tree in another lane while its own lane is full', async ({ lanes }) => {
    const hold = (transaction: Transaction) => transaction.$queryRaw`SELECT pg_sleep(1.5)::text`
    const { maintenance } = lanePermits(databasePoolSize)
    const holders = Array.from({ length: maintenance }, () => lanes.run('maintenance', { activity: 'tests' }, hold))
    let isDone = false
    const waiting = lanes.run('maintenance', { activity: 'tests', tree: 'folders' }, async () => {
      isDone = true
    })
    expect(await lanes.run('media', { activity: 'tests', tree: 'folders' }, async () => isDone)).toBe(false)
    await Promise.all([...holders, waiting])
  })
})
