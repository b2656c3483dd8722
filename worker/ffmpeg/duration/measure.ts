import type { FfmpegBinaries } from '../binaries.ts'
import { execTool } from '../exec.ts'
import { ConversionError } from '../failures.ts'
import { inputRestrictions, toFileUrl } from '../limits.ts'
import type { Probe } from '../probe.ts'
import { createStepClock, createTimeline, type Packet } from './packetClock.ts'

const measureTimeoutMs = 5 * 60_000

/** Containers in which the clock may jump or start again: recordings of broadcasts, and files put one behind the other. */
const clockContainers = ['mpegts', 'mpeg', 'ogg']

const toSeconds = (text: string | undefined): number | null => {
  const value = Number.parseFloat(text ?? '')
  return Number.isFinite(value) ? value : null
}

/** Calls `onPacket` for every line that ffprobe prints: stream, presentation time, decoding time, duration. */
const createLineReader = (onPacket: (streamIndex: number, packet: Packet) => void) => {
  let rest = ''
  return (text: string): void => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    // Lines are empty behind packets with side data.
    for (const line of lines.filter(Boolean)) {
      const [streamIndex, presentation, decoding, duration] = line.split(',')
      onPacket(Number(streamIndex), {
        startSeconds: toSeconds(presentation) ?? toSeconds(decoding),
        decodingSeconds: toSeconds(decoding),
        durationSeconds: toSeconds(duration),
      })
    }
  }
}

/** Whether the tool ended because of the file: the packets before a damaged spot count, those before a timeout do not. */
const endedByItself = (error: unknown): boolean =>
  error instanceof ConversionError && !error.failure.retryable && error.outcome?.killReason === undefined

/**
 * Measures how long a file plays, by the packets that are there and without decoding any; null if it has none. Reads the
 * whole file.
 */
export const measureDuration = async (
  { ffprobePath }: FfmpegBinaries,
  path: string,
  { container, video, audio }: Probe,
  signal: AbortSignal | undefined,
): Promise<number | null> => {
  const streams = [video, audio].flatMap((stream) => stream?.index ?? [])
  const timeline = createTimeline()
  const hasJumps = clockContainers.includes(container)
  const clocks = new Map(streams.map((index) => [index, hasJumps ? createStepClock() : timeline]))
  const onOutput = createLineReader((streamIndex, packet) => clocks.get(streamIndex)?.add(packet))
  const entries = ['-show_entries', 'packet=stream_index,pts_time,dts_time,duration_time', '-of', 'csv=p=0']
  const measuredSeconds = () => Math.max(0, ...[...clocks.values()].map((clock) => clock.seconds()))
  await execTool(
    ffprobePath,
    ['-v', 'error', '-hide_banner', ...inputRestrictions, ...entries, '-i', toFileUrl(path)],
    { signal, timeoutMs: measureTimeoutMs, onOutput },
  ).catch((error: unknown) => {
    if (!endedByItself(error) || measuredSeconds() === 0) throw error
  })
  const seconds = measuredSeconds()
  return seconds > 0 ? Math.round(seconds * 1000) / 1000 : null
}
