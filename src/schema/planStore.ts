import { LRUCache } from 'lru-cache'

const maxPlans = 1000
/** An entry takes up to a kilobyte, with the SQL that is compiled from it. */
const maxEntries = 50_000

/** Counts the entries of a query: its fields, conditions and orders, and those of the queries in it. */
const countEntries = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 1
  let count = 1
  for (const entry of Object.values(value)) count += countEntries(entry)
  return count
}

/** Keeps the plans that were used last, as far as their queries together are not too large. */
export const createPlanStore = <Plan extends { query: object }>(): LRUCache<string, Plan> => {
  return new LRUCache<string, Plan>({
    max: maxPlans,
    maxSize: maxEntries,
    sizeCalculation: ({ query }) => countEntries(query),
  })
}
