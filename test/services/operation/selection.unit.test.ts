import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../../../src/services/kernel/errors.ts'
import { requireExpectedCounts } from '../../../src/services/operation/selection.ts'
import type { ParsedTarget } from '../../../src/services/operation/target.ts'

const filter = { kinds: ['VIDEO'] }

describe('the counts of a selection', () => {
  it.for<[string, ParsedTarget, { matches: number; total: number }]>([
    ['a filter without an expected count', { filter }, { matches: 5, total: 5 }],
    ['the expected number of matches', { filter, exceptIds: ['Media:1'], expectedCount: 5 }, { matches: 5, total: 4 }],
    ['another expected count beside ids', { ids: ['Media:1'], expectedCount: 5 }, { matches: 1, total: 1 }],
    ['10,001 items', { filter, errorPolicy: 'REJECT_FAILED_ROWS' }, { matches: 10_001, total: 10_001 }],
    [
      '10,000 items of 10,001 matches with REJECT_EVERYTHING',
      { filter, errorPolicy: 'REJECT_EVERYTHING' },
      { matches: 10_001, total: 10_000 },
    ],
  ])('are accepted for %s', ([, target, counts]) => {
    expect(() => requireExpectedCounts(target, '', counts)).not.toThrow()
  })

  it('are refused with the number of matches if that is not expected', () => {
    const target = { filter, exceptIds: ['Media:1'], expectedCount: 4 }
    const check = () => requireExpectedCounts(target, '', { matches: 5, total: 4 })
    expect(check).toThrow('The filter now selects 5 media, not 4.')
  })

  it('are refused for 10,001 items with REJECT_EVERYTHING', () => {
    const target = { filter, errorPolicy: 'REJECT_EVERYTHING' as const }
    const check = () => requireExpectedCounts(target, 'target.', { matches: 10_001, total: 10_001 })
    expect(check).toThrow(InvalidInputError)
    expect(check).toThrow('target.filter: REJECT_EVERYTHING takes at most 10000 media, not 10001.')
  })
})
