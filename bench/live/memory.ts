import { atMost, type Figure, formatNumber } from '../figures.ts'
import type { MemoryUse } from '../processes/memory.ts'

/** Memory of a server before the subscribers came, while they were idle, and after they left. */
export type Memory = Record<'before' | 'idle' | 'after', MemoryUse>

const maxIdleKiB = 25
const maxRemainingKiB = 1

/**
 * Compares objects and buffers with the targets. Most other resident memory is the young generation of the heap, which
 * grows to about 100 MB whatever the number of subscribers, during the measurement or before it.
 */
export const memoryFiguresOf = (memory: Memory, subscriberCount: number): Figure[] => {
  const kib = (key: keyof MemoryUse, when: 'idle' | 'after'): number =>
    (memory[when][key] - memory.before[key]) / 1024 / subscriberCount
  const note = (when: 'idle' | 'after'): string =>
    ` (${formatNumber(kib('residentBytes', when))} KiB resident, ${formatNumber(kib('youngBytes', when))} of it the young generation)`
  const unit = ' KiB of objects and buffers'
  return [
    atMost('  memory per idle subscriber', kib('usedBytes', 'idle'), maxIdleKiB, unit, note('idle')),
    atMost(
      '  memory per subscriber after all have left',
      kib('usedBytes', 'after'),
      maxRemainingKiB,
      unit,
      note('after'),
    ),
  ]
}
