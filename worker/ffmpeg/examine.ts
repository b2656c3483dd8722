import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import type { FfmpegBinaries } from './binaries.ts'
import { chooseRoute } from './classification/chooseRoute.ts'
import { presumeMediaInfo, toMediaInfo } from './classification/mediaInfo.ts'
import { refineFailure, validateProbe } from './classification/refusals.ts'
import type { ExaminationResult, ExaminationRoute } from './classification/route.ts'
import { ConversionError, type ConversionFailure, createFailure, toFailure } from './failures.ts'
import { type FileSignature, readSignature } from './fileSignature.ts'
import { decoderRestrictions, inputRestrictions, toFileUrl } from './limits.ts'
import { readOrientation } from './orientation.ts'
import type { Pass } from './pass/pass.ts'
import { run } from './pass/run.ts'
import { examineAgain, examinePicture } from './pictureExamination.ts'
import { type Probe, probe } from './probe.ts'
import { isFileTruncated } from './truncation/truncation.ts'

const checkTimeoutMs = 60_000
const measureTimeoutMs = 5 * 60_000

interface Examination {
  binaries: FfmpegBinaries
  path: string
  signature: FileSignature
  route: ExaminationRoute
  signal: AbortSignal | undefined
}

export interface FileHints {
  fileName: string
  declaredMimeType?: string | null
}

export type ProbedResult = ExaminationResult & { probe: Probe | null }

const demuxerOf = (route: ExaminationRoute): string | undefined => (route.type === 'image' ? route.demuxer : undefined)

const mainStreamIndex = ({ video, audio }: Probe): number => video?.index ?? audio?.index ?? 0

const createCheckPass = (path: string, demuxer: string | undefined, outputOptions: string[]): Pass => ({
  inputOptions: ['-v', 'error', ...inputRestrictions, ...decoderRestrictions, ...(demuxer ? ['-f', demuxer] : [])],
  input: toFileUrl(path),
  outputOptions,
  output: '-',
  expectedSeconds: null,
  timeoutMs: checkTimeoutMs,
})

/** Decodes one picture, or a few packets of sound, to test that the decoder produces output. Null if it does. */
const findDecodeFailure = async (
  { binaries, path, route, signal }: Examination,
  probeResult: Probe,
): Promise<ConversionFailure | null> => {
  const limit = probeResult.video ? ['-frames:v', '1'] : ['-frames:a', '5']
  const outputOptions = ['-map', `0:${mainStreamIndex(probeResult)}`, ...limit, '-f', 'framecrc']
  const { stdout, stderr } = await run(binaries, createCheckPass(path, demuxerOf(route), outputOptions), { signal })
  if (/^0,/m.test(stdout)) return null
  const cause = toFailure({ stderr, exitCode: 0 })
  if (cause.code !== 'TOOL_FAILED') return cause
  return createFailure(route.type === 'image' ? 'DAMAGED' : 'NO_CONTENT')
}

/** Measures the duration of live recordings, which do not state it, by reading all packets without decoding any. */
const measureDuration = async ({ binaries, path, signal }: Examination, probeResult: Probe): Promise<number> => {
  const outputOptions = ['-map', `0:${mainStreamIndex(probeResult)}`, '-c', 'copy', '-f', 'null']
  const pass = { ...createCheckPass(path, undefined, outputOptions), timeoutMs: measureTimeoutMs }
  const { outputSeconds } = await run(binaries, pass, { signal })
  return outputSeconds
}

/** Returns the failure of a ConversionError that a retry cannot fix. Rethrows all other errors. */
const toPermanentFailure = (error: unknown): ConversionFailure => {
  if (error instanceof ConversionError && !error.failure.retryable) return error.failure
  throw error
}

const probeFile = ({ binaries, path, route, signal }: Examination): Promise<Probe | ConversionFailure> =>
  probe(binaries, path, { demuxer: demuxerOf(route), signal }).catch(toPermanentFailure)

const reject = (failure: ConversionFailure, mediaInfo: MediaInfo, probeResult: Probe | null): ProbedResult => ({
  ok: false,
  mediaInfo,
  failure,
  probe: probeResult,
})

/** Tests that the streams of a probed file can be decoded, and completes its media info. */
const examineStreams = async (examination: Examination, probeResult: Probe): Promise<ProbedResult> => {
  const { path, signature, route } = examination
  const orientation = route.type === 'image' ? await readOrientation(path, route.mimeType) : 1
  const mediaInfo = toMediaInfo(signature, route, probeResult, orientation)
  const decodeFailure = await findDecodeFailure(examination, probeResult).catch(toPermanentFailure)
  if (decodeFailure) return reject(refineFailure(route, decodeFailure), mediaInfo, probeResult)
  if (route.type === 'image' || mediaInfo.durationSeconds) return { ok: true, mediaInfo, probe: probeResult }
  const durationSeconds = await measureDuration(examination, probeResult).catch(toPermanentFailure)
  if (typeof durationSeconds !== 'number') return { ok: true, mediaInfo, probe: probeResult }
  return { ok: true, mediaInfo: { ...mediaInfo, durationSeconds }, probe: { ...probeResult, durationSeconds } }
}

const examineMedia = async (examination: Examination): Promise<ProbedResult> => {
  const { path, signature, route } = examination
  const presumedInfo = presumeMediaInfo(signature, route)
  if (await isFileTruncated(path, presumedInfo.mimeType)) return reject(createFailure('TRUNCATED'), presumedInfo, null)
  const probeResult = await probeFile(examination)
  if ('code' in probeResult) return reject(refineFailure(route, probeResult), presumedInfo, null)
  const probeFailure = validateProbe(route, probeResult)
  if (probeFailure) return reject(probeFailure, presumedInfo, probeResult)
  return examineStreams(examination, probeResult)
}

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
  if (route.type === 'picture') return examinePicture(path, route.mimeType, signal)
  const result = await examineMedia({ binaries, path, signature, route, signal })
  return route.type === 'image' && !result.ok ? examineAgain(path, result, signal) : result
}
