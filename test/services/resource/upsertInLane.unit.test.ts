import { expect, it, onTestFinished, vi } from 'vitest'
import { systemActor } from '../../../src/services/kernel/actor.ts'
import type { LaneOptions, Lanes } from '../../../src/services/locking/lanes.ts'
import { upsertInLane } from '../../../src/services/resource/upsertInLane.ts'

const resource = { source: 'lms', type: 'lesson', externalId: '1' }

/** Lanes whose work finds, after 20 s of waiting, that the resource has to move. */
const createSlowLanes = (calls: LaneOptions[]): Lanes => ({
  run: async (_lane, options) => {
    calls.push(options)
    vi.advanceTimersByTime(20_000)
    return null as never // as: the result of work that has to start over
  },
})

it.for([
  ['that of the lane', undefined, 10_000],
  ['that of the call', 50_000, 30_000],
] as const)('the wait for the whole tree ends with the time limit, %s', async ([, timeoutMs, remainingMs]) => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const calls: LaneOptions[] = []
  const options = { lane: 'media', activity: 'links', actor: systemActor, resource, timeoutMs } as const
  await upsertInLane(createSlowLanes(calls), options, async () => null)
  expect(calls.map(({ treeMode }) => treeMode)).toEqual(['shared', undefined])
  expect(calls[1]?.timeoutMs).toBe(remainingMs)
})
