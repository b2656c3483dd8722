import { expect, test } from 'vitest'
import { createPlanStore } from '../../src/schema/planStore.ts'

const queryOf = (fieldCount: number) => {
  const fields = Array.from({ length: fieldCount }, (_, index) => [`field${index}`, true])
  return { select: { usages: { select: Object.fromEntries(fields) } } }
}

/** Number of plans of one size that are kept of 1,500. */
const keptOf = (fieldCount: number): number => {
  const plans = createPlanStore()
  const query = queryOf(fieldCount)
  for (let index = 0; index < 1500; index++) plans.set(`${index}`, { query })
  return plans.size
}

test('at most 1,000 plans of small queries are kept', () => {
  expect(keptOf(40)).toBe(1000)
})

test('fewer plans of large queries are kept', () => {
  expect(keptOf(1000)).toBeLessThan(50)
})

test('a plan of a query that is too large by itself is not kept', () => {
  const plans = createPlanStore()
  plans.set('large', { query: queryOf(60_000) })
  expect(plans.size).toBe(0)
})
