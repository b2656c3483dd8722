import fc from 'fast-check'
import { expect, it } from 'vitest'
import { requireInTime } from '../../../src/services/assignment/checks.ts'
import { UndoExpiredError } from '../../../src/services/kernel/errors.ts'

const undoableUntil = new Date('2026-11-25T12:00:30.123Z')

const isInTime = (arrivalMs: number, waitMs: number): boolean => {
  const now = new Date(undoableUntil.getTime() + arrivalMs + waitMs)
  try {
    requireInTime(undoableUntil, { now, elapsedMs: waitMs })
    return true
  } catch (error) {
    if (error instanceof UndoExpiredError) return false
    throw error
  }
}

it('an undo is in time exactly if it arrives by the last millisecond of its window, however long it waits', () => {
  const arrivalMs = fc.oneof(fc.integer({ min: -30_000, max: 30_000 }), fc.integer({ min: -2, max: 2 }))
  fc.assert(
    fc.property(arrivalMs, fc.nat(60_000), (arrival, wait) => {
      expect(isInTime(arrival, wait)).toBe(arrival <= 0)
    }),
  )
})

it('a fraction of a millisecond of waiting gains no time', () => {
  expect(isInTime(1, 0.9)).toBe(false)
})
