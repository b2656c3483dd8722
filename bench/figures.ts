/** Row of a benchmark's table. Without a target it is informational. */
export interface Figure {
  figure: string
  measured: string
  target?: string
  met?: boolean
}

export const atMost = (figure: string, value: number, limit: number, unit: string, note = ''): Figure => ({
  figure,
  measured: `${formatNumber(value)}${unit}${note}`,
  target: `≤ ${limit}${unit}`,
  met: value <= limit,
})

export const atLeast = (figure: string, value: number, limit: number, unit: string, note = ''): Figure => ({
  figure,
  measured: `${formatNumber(value)}${unit}${note}`,
  target: `≥ ${limit}${unit}`,
  met: value >= limit,
})

export const informational = (figure: string, measured: string): Figure => ({ figure, measured })

export const formatNumber = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const [lower, upper] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return ((lower ?? Number.NaN) + (upper ?? Number.NaN)) / 2
}

/** Formats the values of all rounds, which show the spread around a median. */
export const formatValues = (values: readonly number[], unit = ''): string =>
  `${values.map(formatNumber).join(' ')}${unit}`

const formatStatus = ({ met }: Figure): string => (met === undefined ? '' : met ? 'met' : 'NOT MET')

export const printTable = (title: string, figures: readonly Figure[]): void => {
  const rows = [
    ['figure', 'measured', 'target', ''],
    ...figures.map((figure) => [figure.figure, figure.measured, figure.target ?? '', formatStatus(figure)]),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`)
}

/** Writes a progress line to stderr, apart from the tables on stdout. */
export const logProgress = (line: string): void => void process.stderr.write(`  ${line}\n`)
