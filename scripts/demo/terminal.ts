import { MultiBar, Presets } from 'cli-progress'

export const say = (text = ''): void => void process.stdout.write(`${text}\n`)

/** What was asked of the API, and what it answered. */
export const sayAsked = (text: string): void => say(`  → ${text}`)
export const sayAnswered = (text: string): void => say(`  ← ${text}`)

/** For an answer that the demo cannot go on with. */
export const unexpected = (asked: string, answer: { __typename: string; message?: string }): Error =>
  new Error(`${asked} answered ${answer.__typename}${answer.message === undefined ? '' : `: ${answer.message}`}`)

/** One bar for the upload, one per rendition as they appear. */
export const createBars = () => {
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
