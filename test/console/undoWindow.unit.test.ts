import { expect, it, vi } from 'vitest'
import type { AssignmentFragment } from '../../console/src/api/generated/documents.ts'
import { dateAssignment, undoSecondsLeft } from '../../console/src/data/undoWindow.ts'

const assignment = { id: 'Assignment:1', undoSecondsLeft: 30 } as AssignmentFragment // as: the other fields are not read

it('an undo window ends after the seconds that the server names', () => {
  const dated = dateAssignment(assignment)
  const now = performance.now()
  expect(undoSecondsLeft(dated, now)).toBeCloseTo(30, 0)
  expect(undoSecondsLeft(dated, now + 12_000)).toBeCloseTo(18, 0)
  expect(undoSecondsLeft(dated, now + 31_000)).toBe(0)
})

it('an undo window does not depend on the wall clock of the client', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 60_000 })
  try {
    expect(undoSecondsLeft(dateAssignment(assignment), performance.now())).toBeCloseTo(30, 0)
  } finally {
    vi.useRealTimers()
  }
})
