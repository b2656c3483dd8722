import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { fingerprintOf } from '../../../src/server/plugins/idempotency.ts'

const document = parse('mutation ($input: JSON) { touch(input: $input) }')
const fingerprint = (input: unknown): string => fingerprintOf({ document, variableValues: { input } }, 'EDITOR')

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const reverseKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reverseKeys)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, reverseKeys(inner)]),
  )
}

test('the fingerprint ignores the order of keys at any depth', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(fingerprint(reverseKeys(value))).toBe(fingerprint(value))
    }),
  )
})

test('the fingerprint depends on values, their types and the order of lists', () => {
  const asSent = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)))
  fc.assert(
    fc.property(asSent, asSent, (one, other) => {
      expect(fingerprint(one) === fingerprint(other)).toBe(isDeepStrictEqual(one, other))
    }),
  )
  const different = [
    1,
    '1',
    [1],
    [1, 2],
    [2, 1],
    { a: 1 },
    { a: null },
    {},
    null,
    true,
    { a: { b: 1 } },
    { a: 1, b: 1 },
  ]
  expect(new Set(different.map(fingerprint)).size).toBe(different.length)
})
