import { type Figure, formatNumber, informational, median } from '../figures.ts'
import type { Sample } from './measure.ts'

type Column = 'perSecond' | 'p50Ms' | 'p99Ms' | 'nodeCpuMs' | 'postgresCpuMs'

const medianOf = (samples: readonly Sample[], column: Column): number | null => {
  const values = samples.flatMap((sample) => sample[column] ?? [])
  return values.length === 0 ? null : median(values)
}

const keyOf = ({ document, connections, server, hasWrites }: Sample): string =>
  `${document}, ${connections} at once${hasWrites ? ' during writes' : ''}: ${server}`

const formatCell = (value: number | null): string => (value === null ? '–' : formatNumber(value)).padStart(9)

/** One row per case with the medians of all rounds. */
export const sampleFigures = (rounds: readonly Sample[][]): Figure[] => {
  const groups = Map.groupBy(rounds.flat(), keyOf)
  const columns: [Column, string][] = [
    ['perSecond', 'req/s'],
    ['p50Ms', 'p50 ms'],
    ['p99Ms', 'p99 ms'],
    ['nodeCpuMs', 'Node ms'],
    ['postgresCpuMs', 'PG ms'],
  ]
  return [
    informational('CPU time is per request', columns.map(([, name]) => name.padStart(9)).join('')),
    ...[...groups].map(([name, samples]) =>
      informational(name, columns.map(([column]) => formatCell(medianOf(samples, column))).join('')),
    ),
  ]
}
