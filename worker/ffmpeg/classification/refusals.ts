import { type ConversionFailure, createFailure, toFailure } from '../failures.ts'
import { maxPixels } from '../limits.ts'
import type { Probe } from '../probe.ts'
import type { ExaminationRoute } from './route.ts'

/** Replaces the failure of a probe or decoding by a more precise one, based on what the first bytes looked like. */
export const refineFailure = (route: ExaminationRoute, probeFailure: ConversionFailure): ConversionFailure => {
  if (probeFailure.retryable || route.type === 'settled') return probeFailure
  if (route.type === 'guess') return createFailure('NOT_MEDIA')
  // Whatever the tool did not say: it could not read the file.
  if (probeFailure.code === 'TOOL_FAILED') return createFailure('DAMAGED')
  // The container was recognised, but is not one of the allowed ones.
  return probeFailure.code === 'NOT_MEDIA' ? createFailure('UNSUPPORTED_CODEC') : probeFailure
}

const explainNoContent = ({ hasUnreadableStream, warnings }: Probe): ConversionFailure => {
  if (hasUnreadableStream) return createFailure('UNSUPPORTED_CODEC')
  const cause = toFailure({ stderr: warnings })
  return cause.code === 'TOO_LARGE' ? cause : createFailure('NO_CONTENT')
}

const maxRandomConfidence = 25

/** Returns the reason to refuse a file according to its headers; null if it is acceptable. A duration is measured first. */
export const validateProbe = (route: ExaminationRoute, probe: Probe): ConversionFailure | null => {
  // Up to this confidence, the demuxer recognised only a few random bytes.
  if (route.type === 'guess' && probe.confidence <= maxRandomConfidence) return createFailure('NOT_MEDIA')
  if (!probe.video && !probe.audio) return explainNoContent(probe)
  if (probe.video && probe.video.width * probe.video.height > maxPixels) return createFailure('TOO_LARGE')
  return null
}
