import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import type { MediaWarning } from '../../src/services/kernel/warning.ts'
import type { FfmpegBinaries } from './binaries.ts'
import { chooseRoute } from './classification/chooseRoute.ts'
import { isEncryptedMp4 } from './classification/encryption.ts'
import { presumeMediaInfo, toMediaInfo } from './classification/mediaInfo.ts'
import { refineFailure, validateProbe } from './classification/refusals.ts'
import type { ExaminationResult, ExaminationRoute } from './classification/route.ts'
import { decodeStart, missesData } from './decodeCheck.ts'
import { measureDuration } from './duration/measure.ts'
import { createEndWarning, findEndWarnings } from './duration/playingTime.ts'
import { ConversionError, type ConversionFailure, createFailure, toFailure } from './failures.ts'
import { type FileSignature, readSignature } from './fileSignature.ts'
import { maxDurationSeconds } from './limits.ts'
import { readOrientation } from './orientation.ts'
import { examineAgain, examinePicture } from './pictureExamination.ts'
import { type Probe, probe } from './probe.ts'
import type { FileEnd } from './truncation/fileEnd.ts'
import { readFileEnd } from './truncation/truncation.ts'

interface Examination {
  binaries: FfmpegBinaries
  path: string
  signature: FileSignature
  route: ExaminationRoute
  /** Media info as far as it is known before the streams are probed. */
  presumedInfo: MediaInfo
  end: FileEnd
  signal: AbortSignal | undefined
}

export interface FileHints {
  fileName: string
  declaredMimeType?: string | null
}

export type ProbedResult = ExaminationResult & { probe: Probe | null }

const demuxerOf = (route: ExaminationRoute): string | undefined => (route.type === 'image' ? route.demuxer : undefined)

/** Decodes the start of the file. Null if that produces output from all of its data. */
const findDecodeFailure = async (
  { binaries, path, route, end, signal }: Examination,
  probeResult: Probe,
): Promise<ConversionFailure | null> => {
  const { hasOutput, stderr } = await decodeStart(binaries, path, probeResult, { demuxer: demuxerOf(route), signal })
  if (hasOutput) return end.state === 'unmarked' && missesData(stderr) ? createFailure('TRUNCATED') : null
  const cause = toFailure({ stderr, exitCode: 0 })
  if (cause.code !== 'TOOL_FAILED') return cause
  return createFailure(route.type === 'image' ? 'DAMAGED' : 'NO_CONTENT')
}

/** Returns the failure of a ConversionError that a retry cannot fix. Rethrows all other errors. */
const toPermanentFailure = (error: unknown): ConversionFailure => {
  if (error instanceof ConversionError && !error.failure.retryable) return error.failure
  throw error
}

const probeFile = ({ binaries, path, route, signal }: Examination): Promise<Probe | ConversionFailure> =>
  probe(binaries, path, { demuxer: demuxerOf(route), signal }).catch(toPermanentFailure)

/** Refuses a file. What a cut file lacks is the likely reason why nothing in it can be decoded. */
const reject = (
  { end }: Examination,
  failure: ConversionFailure,
  mediaInfo: MediaInfo,
  probeResult: Probe | null,
): ProbedResult => {
  const hasEnd = end.state !== 'missing' && end.state !== 'unmarked'
  const isConsequence = !hasEnd && ['DAMAGED', 'NO_CONTENT', 'TOOL_FAILED'].includes(failure.code)
  return { ok: false, mediaInfo, failure: isConsequence ? createFailure('TRUNCATED') : failure, probe: probeResult }
}

const accept = (mediaInfo: MediaInfo, probeResult: Probe | null, warnings: MediaWarning[] = []): ProbedResult => ({
  ok: true,
  mediaInfo,
  warnings,
  probe: probeResult,
})

const warnOfFrames = ({ shownSeconds }: FileEnd): MediaWarning[] =>
  shownSeconds === undefined ? [] : [createEndWarning(shownSeconds, null)]

/** Headers are believed only if all that they announce is there, and never when they would cause a refusal. */
const isDurationCertain = (end: FileEnd, { durationSeconds }: Probe): boolean =>
  end.state === 'whole' && durationSeconds !== null && durationSeconds > 0 && durationSeconds <= maxDurationSeconds

const examineDuration = async (
  examination: Examination,
  probeResult: Probe,
  mediaInfo: MediaInfo,
): Promise<ProbedResult> => {
  const { binaries, path, end, signal } = examination
  if (isDurationCertain(end, probeResult)) return accept(mediaInfo, probeResult)
  const measurement = await measureDuration(binaries, path, probeResult, signal).catch(toPermanentFailure)
  const measuredSeconds = typeof measurement === 'number' ? measurement : null
  const durationSeconds = measuredSeconds ?? probeResult.durationSeconds
  const measured = { ...mediaInfo, durationSeconds }
  if ((durationSeconds ?? 0) > maxDurationSeconds)
    return reject(examination, createFailure('TOO_LARGE'), measured, probeResult)
  const warnings = measuredSeconds === null ? [] : findEndWarnings(end, probeResult, measuredSeconds)
  return accept(measured, { ...probeResult, durationSeconds }, warnings)
}

/** Tests that the streams of a probed file can be decoded, and completes its media info. */
const examineStreams = async (examination: Examination, probeResult: Probe): Promise<ProbedResult> => {
  const { path, signature, route, end, signal } = examination
  const orientation = route.type === 'image' ? await readOrientation(path, route.mimeType) : 1
  const mediaInfo = toMediaInfo(signature, route, probeResult, orientation)
  const decodeFailure = await findDecodeFailure(examination, probeResult).catch(toPermanentFailure)
  if (decodeFailure && probeResult.container.startsWith('mov') && (await isEncryptedMp4(path)))
    return reject(examination, createFailure('ENCRYPTED'), mediaInfo, probeResult)
  if (decodeFailure) return reject(examination, refineFailure(route, decodeFailure), mediaInfo, probeResult)
  if (route.type === 'image') return accept(mediaInfo, probeResult, warnOfFrames(end))
  if (route.type !== 'guess') return examineDuration(examination, probeResult, mediaInfo)
  // Now that ffprobe has recognised the container, its sizes can be read.
  const guessedEnd = await readFileEnd(path, mediaInfo.mimeType, signal)
  return examineDuration({ ...examination, end: guessedEnd }, probeResult, mediaInfo)
}

const examineMedia = async (examination: Examination): Promise<ProbedResult> => {
  const { route, presumedInfo } = examination
  const probeResult = await probeFile(examination)
  if ('code' in probeResult) return reject(examination, refineFailure(route, probeResult), presumedInfo, null)
  const probeFailure = validateProbe(route, probeResult)
  if (probeFailure) return reject(examination, probeFailure, presumedInfo, probeResult)
  return examineStreams(examination, probeResult)
}

/** Adds to the examination of a picture what is missing of an animation. */
const examineStill = async ({ path, end, signal }: Examination, mimeType: string): Promise<ProbedResult> => {
  const result = await examinePicture(path, mimeType, signal)
  return result.ok ? { ...result, warnings: [...result.warnings, ...warnOfFrames(end)] } : result
}

/** A picture of which a part is missing is useless, unless it moves and whole frames are there. */
const isPictureCut = ({ route, end }: Examination): boolean =>
  (route.type === 'image' || route.type === 'picture') && end.state === 'missing' && end.shownSeconds === undefined

/**
 * Finds out what a file really is. Resolves for any content: an unusable file is a result, not an error.
 * Rejects with a retryable ConversionError for problems of the machine, and with the signal's reason.
 */
export const examine = async (
  binaries: FfmpegBinaries,
  path: string,
  hints: FileHints,
  signal?: AbortSignal,
): Promise<ProbedResult> => {
  const signature = await readSignature(path, hints)
  const route = chooseRoute(signature)
  if (route.type === 'settled') return { ...route.result, probe: null }
  const presumedInfo = presumeMediaInfo(signature, route)
  const end = await readFileEnd(path, presumedInfo.mimeType, signal)
  const examination = { binaries, path, signature, route, presumedInfo, end, signal }
  if (isPictureCut(examination)) return reject(examination, createFailure('TRUNCATED'), presumedInfo, null)
  if (route.type === 'picture') return examineStill(examination, route.mimeType)
  const result = await examineMedia(examination)
  return route.type === 'image' && !result.ok ? examineAgain(path, result, signal) : result
}
