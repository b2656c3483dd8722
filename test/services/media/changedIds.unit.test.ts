import { expect, it } from 'vitest'
import { createChangedIds } from '../../../src/services/media/changedIds.ts'

const at = (ms: number) => new Date(1_800_000_000_000 + ms)

/** Changes a media at these times, each of which is checked at the time beside it, if there is one. */
const check = (steps: [changedMs: number, checkedMs: number | null][]): boolean => {
  const changedIds = createChangedIds()
  let isRepeated = false
  for (const [changedMs, checkedMs] of steps) {
    changedIds.add('x', at(changedMs))
    if (checkedMs !== null) isRepeated = changedIds.findRepeated(changedIds.take(10), at(checkedMs)).has('x')
  }
  return isRepeated
}

it.each<[string, Parameters<typeof check>[0], boolean]>([
  ['a first change', [[0, 10]], false],
  [
    'a change after the check of the previous one',
    [
      [0, 10],
      [20, 30],
    ],
    false,
  ],
  [
    'two changes before a check',
    [
      [0, null],
      [5, 10],
    ],
    true,
  ],
  [
    'a change before the check of the previous one',
    [
      [0, 10],
      [5, 20],
    ],
    true,
  ],
])('tells whether a media had a state that no check saw: %s', (_, steps, expected) => {
  expect(check(steps)).toBe(expected)
})

it('counts the changes of a batch whose check failed', () => {
  const changedIds = createChangedIds()
  changedIds.add('x', at(0))
  changedIds.putBack(changedIds.take(10))
  changedIds.add('x', at(5))
  expect(changedIds.findRepeated(changedIds.take(10), at(10))).toEqual(new Set(['x']))
})

it('ignores changes of renditions, which have states of their own', () => {
  const changedIds = createChangedIds()
  changedIds.add('x', at(0))
  changedIds.addConverted(['x'])
  changedIds.addConverted(['x'])
  expect(changedIds.findRepeated(changedIds.take(10), at(10))).toEqual(new Set())
})
