/** Items of the first transaction, and of any that would otherwise take too long. */
export const minChunkSize = 500
const maxChunkSize = 5000
const maxGrowth = 4
/**
 * Intended duration of a transaction: so short that a cancel takes effect soon, that a killed worker loses little, and that
 * others who change the same media hardly notice its locks.
 */
const intendedMs = 250

/**
 * Returns how many items the next transaction takes. Each has a cost of its own, which thousands of items make small; how
 * long an item takes depends on the action, the machine and its load.
 */
export const nextChunkSize = (size: number, tookMs: number): number => {
  const intendedSize = Math.floor((size * intendedMs) / Math.max(1, tookMs))
  return Math.max(minChunkSize, Math.min(maxChunkSize, size * maxGrowth, intendedSize))
}
