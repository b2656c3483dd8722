import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Memory of a process after a garbage collection. */
export interface MemoryUse {
  /** Objects and buffers. */
  usedBytes: number
  /** Resident pages of the young generation: they grow with what is allocated and freed, and are kept although empty. */
  youngBytes: number
  residentBytes: number
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // as: the flag defines it

export const measureMemory = (): MemoryUse => {
  for (let n = 0; n < 3; n++) collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  const youngSpace = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  return { usedBytes: heapUsed + external, youngBytes: youngSpace?.physical_space_size ?? 0, residentBytes: rss }
}
