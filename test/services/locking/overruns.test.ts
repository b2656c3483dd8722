import { describe, expect } from 'vitest'
import { databasePoolSize } from '../../../src/adapters/database.ts'
import { isOverrunError, outageKindOf } from '../../../src/services/kernel/outages.ts'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { createLanes } from '../../../src/services/locking/lanes.ts'
import { runLong } from '../../../src/services/locking/statementTimeout.ts'
import { it } from '../../harness/databaseIt.ts'

const sleep = (seconds: number) => (transaction: Transaction) =>
  transaction.$queryRaw`SELECT pg_sleep(${seconds})::text`

/** Returns the error with which the work rejects. */
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

describe('work exceeds its time', () => {
  it('if a statement takes too long', async ({ database }) => {
    expect(isOverrunError(await errorOf(runLong(database, 200, sleep(5))))).toBe(true)
  })

  it('if a transaction takes too long', async ({ database }) => {
    const work = async (transaction: Transaction): Promise<void> => {
      for (let n = 0; n < 100; n++) await sleep(0.05)(transaction)
    }
    expect(isOverrunError(await errorOf(database.$transaction(work, { timeout: 200 })))).toBe(true)
  })

  it('not if it found no connection', async ({ database }) => {
    const holders = Array.from({ length: databasePoolSize }, () => database.$transaction(sleep(1)))
    const error = await errorOf(database.$transaction(sleep(0), { maxWait: 100 }))
    expect([isOverrunError(error), outageKindOf(error)]).toEqual([false, 'database'])
    await Promise.all(holders)
  })
})

it('work in a lane that takes too long does not run again', async ({ database }) => {
  const lanes = createLanes({ database, poolSize: databasePoolSize })
  let attemptCount = 0
  const work = async (transaction: Transaction) => {
    attemptCount += 1
    await sleep(10)(transaction)
  }
  const error = await errorOf(lanes.run('interactive', { activity: 'tests', workTimeoutMs: 50 }, work))
  expect([isOverrunError(error), attemptCount]).toEqual([true, 1])
})
