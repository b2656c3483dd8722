import { MultiBar, Presets } from 'cli-progress'

export const print = (text = ''): void => void process.stdout.write(`${text}\n`)

/** Prints a request to the API. */
export const printRequest = (text: string): void => print(`  → ${text}`)
/** Prints a response of the API. */
export const printResponse = (text: string): void => print(`  ← ${text}`)

/** Error for a response with which the demo cannot continue. */
export const unexpectedResult = (operation: string, result: { __typename: string; message?: string }): Error =>
  new Error(`${operation} returned ${result.__typename}${result.message === undefined ? '' : `: ${result.message}`}`)

/** Creates progress bars: one for the upload and one for each rendition when it appears. */
export const createProgressBars = () => {
  const bars = new MultiBar(
    { format: '  {name} {bar} {percentage}% {status}', hideCursor: true, noTTYOutput: true, notTTYSchedule: 1000 },
    Presets.shades_classic,
  )
  const byName = new Map<string, ReturnType<typeof bars.create>>()
  return {
    show(name: string, percent: number, status: string): void {
      const bar = byName.get(name) ?? bars.create(100, 0, { name: name.padEnd(9), status })
      byName.set(name, bar)
      bar.update(Math.floor(percent), { status })
    },
    stop: () => bars.stop(),
  }
}
