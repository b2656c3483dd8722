import { describe, expect, it } from 'vitest'
import { isExhausted, type JobRun, nextRun, willRetry } from '../../src/adapters/jobRuns.ts'

const current = { worker: 'host:1', isAlone: true }
const run = (values: Partial<JobRun>): JobRun => ({
  ...{ ...current, attempt: 0, failures: 0, returns: 0, lossesAlone: 0 },
  ...values,
})

/** Record after the given number of attempts of which each was lost. */
const afterLosses = (count: number, isAlone: boolean): JobRun => {
  let record = nextRun({ data: {}, retryCount: 0 }, { ...current, isAlone })
  for (let retryCount = 1; retryCount <= count; retryCount++)
    record = nextRun({ data: { run: record }, retryCount }, { ...current, isAlone })
  return record
}

describe('the attempts of a job', () => {
  it('are used up by the fourth failure', () => {
    expect([3, 4].map((failures) => isExhausted(run({ attempt: failures, failures })))).toEqual([false, true])
  })

  it('are used up by the twentieth worker that is lost together with other jobs', () => {
    expect([4, 19, 20].map((count) => isExhausted(afterLosses(count, false)))).toEqual([false, false, true])
  })

  it('are used up by five workers that are lost while they run only this job', () => {
    expect([4, 5].map((count) => isExhausted(afterLosses(count, true)))).toEqual([false, true])
  })

  it('are not used up by workers that give the job back', () => {
    expect(isExhausted(run({ attempt: 500, returns: 500 }))).toBe(false)
  })

  it('may end with another failure after any number of lost workers', () => {
    expect(willRetry(afterLosses(15, false))).toBe(true)
  })

  it('do not blame the job for a worker that was lost before it recorded the start', () => {
    const record = nextRun({ data: { run: run({ attempt: 2 }) }, retryCount: 4 }, current)
    expect(record.lossesAlone).toBe(0)
  })
})
