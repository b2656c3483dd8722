import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Memory of a process after a garbage collection. */
export interface MemoryUse {
  /** Objects and buffers. */
  usedBytes: number
  /** Pages of the heap, of which objects may occupy a part only. */
  heapBytes: number
  residentBytes: number
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // as: the flag defines it

export const measureMemory = (): MemoryUse => {
  for (let n = 0; n < 3; n++) collectGarbage()
  const { heapUsed, heapTotal, external, rss } = process.memoryUsage()
  return { usedBytes: heapUsed + external, heapBytes: heapTotal, residentBytes: rss }
}
