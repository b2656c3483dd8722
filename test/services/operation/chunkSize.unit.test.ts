import fc from 'fast-check'
import { expect, it } from 'vitest'
import { minChunkSize, nextChunkSize } from '../../../src/services/operation/chunkSize.ts'

it.each([
  ['grows to what takes a quarter of a second', 500, 100, 1250],
  ['grows at most fourfold', 500, 10, 2000],
  ['grows to at most 5,000', 4000, 20, 5000],
  ['shrinks if a transaction took too long', 4000, 1000, 1000],
  ['never falls below the size of the first', 500, 10_000, 500],
])('%s', (_name, size, tookMs, expected) => {
  expect(nextChunkSize(size, tookMs)).toBe(expected)
})

it('is always a whole number of items', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: minChunkSize, max: 5000 }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (size, ms) => {
        expect(Number.isInteger(nextChunkSize(size, ms))).toBe(true)
      },
    ),
  )
})
