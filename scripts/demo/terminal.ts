import { MultiBar, Presets } from 'cli-progress'

export const print = (text = ''): void => void process.stdout.write(`${text}\n`)

/** What was asked of the API, and what it answered. */
export const printRequest = (text: string): void => print(`  → ${text}`)
export const printResponse = (text: string): void => print(`  ← ${text}`)

/** For an answer that the demo cannot go on with. */
export const unexpectedResult = (operation: string, result: { __typename: string; message?: string }): Error =>
  new Error(`${operation} answered ${result.__typename}${result.message === undefined ? '' : `: ${result.message}`}`)

/** One bar for the upload, one per rendition as they appear. */
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
