import type { MediaWarning } from '../../../src/services/kernel/warning.ts'
import type { Probe } from '../probe.ts'
import type { FileEnd } from '../truncation/fileEnd.ts'

/** Containers whose headers state the duration of the whole; ffprobe estimates that of others from what is there. */
const statingContainers = ['mov', 'matroska', 'avi', 'flv', 'aiff', 'caf', 'w64', 'ape', 'wv', 'tta', 'au', 'mxf']

const minMissingSeconds = 0.5
const minMissingShare = 0.01

const printSeconds = (seconds: number): string => {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`
  const rounded = Math.round(seconds)
  if (rounded < 120) return `${rounded} s`
  const [hours, minutes] = [Math.floor(rounded / 3600), Math.floor((rounded % 3600) / 60)]
  return [hours > 0 ? `${hours} h` : '', `${minutes} min`, hours > 0 ? '' : `${rounded % 60} s`]
    .filter(Boolean)
    .join(' ')
}

/** Warns that the end of a playable file is missing. */
export const createEndWarning = (playedSeconds: number, statedSeconds: number | null): MediaWarning => ({
  code: 'TRUNCATED',
  message:
    statedSeconds === null
      ? `The file ends after ${printSeconds(playedSeconds)}; how much is missing is unknown.`
      : `The file ends after ${printSeconds(playedSeconds)} of ${printSeconds(statedSeconds)}.`,
})

const readStatedSeconds = ({ statedSeconds }: FileEnd, { container, durationSeconds }: Probe): number | null => {
  if (statedSeconds !== undefined) return statedSeconds
  return statingContainers.includes(container.split(',')[0] ?? '') ? durationSeconds : null
}

/** Compares how long the packets play with what the headers state. */
export const findEndWarnings = (end: FileEnd, probe: Probe, measuredSeconds: number): MediaWarning[] => {
  const statedSeconds = readStatedSeconds(end, probe)
  if (statedSeconds === null) return end.state === 'missing' ? [createEndWarning(measuredSeconds, null)] : []
  const isShort = statedSeconds - measuredSeconds > Math.max(minMissingSeconds, statedSeconds * minMissingShare)
  return isShort ? [createEndWarning(measuredSeconds, statedSeconds)] : []
}
