import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import type { FfmpegBinaries } from './binaries.ts'
import {
  type ExaminationResult,
  type ExaminationRoute,
  presumeMediaInfo,
  refineFailure,
  route,
  toMediaInfo,
  validateProbe,
} from './classify.ts'
import { ConversionError, type ConversionFailure, failure, failureFrom } from './failures.ts'
import { type FileSignature, readSignature } from './fileSignature.ts'
import { decoderRestrictions, fileUrl, inputRestrictions } from './limits.ts'
import { readOrientation } from './orientation.ts'
import { type Probe, probe } from './probe.ts'
import { type Pass, run } from './run.ts'
import { isFileTruncated } from './truncation.ts'

const checkTimeoutMs = 60_000
const measureTimeoutMs = 5 * 60_000

const createCheckPass = (path: string, demuxer: string | undefined, outputOptions: string[]): Pass => ({
  inputOptions: ['-v', 'error', ...inputRestrictions, ...decoderRestrictions, ...(demuxer ? ['-f', demuxer] : [])],
  input: fileUrl(path),
  outputOptions,
  output: '-',
  expectedSeconds: null,
  timeoutMs: checkTimeoutMs,
})

/** One picture, or for sound a few packets' worth: whether the decoder makes anything of it. Null where it does. */
const findDecodeFailure = async (
  binaries: FfmpegBinaries,
  path: string,
  probeResult: Probe,
  route: ExaminationRoute,
  signal?: AbortSignal,
) => {
  const limit = probeResult.video ? ['-frames:v', '1'] : ['-frames:a', '5']
  const index = probeResult.video?.index ?? probeResult.audio?.index ?? 0
  const demuxer = route.type === 'image' ? route.demuxer : undefined
  const pass = createCheckPass(path, demuxer, ['-map', `0:${index}`, ...limit, '-f', 'framecrc'])
  const { stdout, stderr } = await run(binaries, pass, { signal })
  if (/^0,/m.test(stdout)) return null
  const cause = failureFrom({ stderr, exitCode: 0 })
  if (cause.code !== 'TOOL_FAILED') return cause
  return failure(route.type === 'image' ? 'DAMAGED' : 'NO_CONTENT')
}

/** Recordings made live carry no length: read through the packets, without decoding any. */
const measureDuration = async (binaries: FfmpegBinaries, path: string, probeResult: Probe, signal?: AbortSignal) => {
  const index = probeResult.video?.index ?? probeResult.audio?.index ?? 0
  const pass = createCheckPass(path, undefined, ['-map', `0:${index}`, '-c', 'copy', '-f', 'null'])
  const { outputSeconds } = await run(binaries, { ...pass, timeoutMs: measureTimeoutMs }, { signal })
  return outputSeconds
}

/** Answers with the failure inside a rejected ConversionError; anything that may pass by itself goes on as a throw. */
const toPermanentFailure = (error: unknown): ConversionFailure => {
  if (error instanceof ConversionError && !error.failure.retryable) return error.failure
  throw error
}

const probeFile = async (binaries: FfmpegBinaries, path: string, route: ExaminationRoute, signal?: AbortSignal) => {
  const demuxer = route.type === 'image' ? route.demuxer : undefined
  return probe(binaries, path, { demuxer, signal })
}

const examineMedia = async (
  binaries: FfmpegBinaries,
  path: string,
  signature: FileSignature,
  chosenRoute: ExaminationRoute,
  signal?: AbortSignal,
): Promise<ExaminationResult & { probe: Probe | null }> => {
  const presumedInfo = presumeMediaInfo(signature, chosenRoute)
  const reject = (cause: ConversionFailure, mediaInfo: MediaInfo, probeResult: Probe | null) => ({
    ok: false as const,
    mediaInfo: mediaInfo,
    failure: cause,
    probe: probeResult,
  })
  if (await isFileTruncated(path, presumedInfo.mimeType)) return reject(failure('TRUNCATED'), presumedInfo, null)
  const probeResult = await probeFile(binaries, path, chosenRoute, signal).catch(toPermanentFailure)
  if ('code' in probeResult) return reject(refineFailure(chosenRoute, probeResult), presumedInfo, null)
  const probeFailure = validateProbe(chosenRoute, probeResult)
  if (probeFailure) return reject(probeFailure, presumedInfo, probeResult)
  const isImage = chosenRoute.type === 'image'
  const mediaInfo = toMediaInfo(
    signature,
    chosenRoute,
    probeResult,
    isImage ? await readOrientation(path, chosenRoute.mimeType) : 1,
  )
  const decodingFailure = await findDecodeFailure(binaries, path, probeResult, chosenRoute, signal).catch(
    toPermanentFailure,
  )
  if (decodingFailure) return reject(refineFailure(chosenRoute, decodingFailure), mediaInfo, probeResult)
  if (isImage || mediaInfo.durationSeconds) return { ok: true, mediaInfo: mediaInfo, probe: probeResult }
  const durationSeconds = await measureDuration(binaries, path, probeResult, signal).catch(toPermanentFailure)
  if (typeof durationSeconds !== 'number') return { ok: true, mediaInfo: mediaInfo, probe: probeResult }
  return { ok: true, mediaInfo: { ...mediaInfo, durationSeconds }, probe: { ...probeResult, durationSeconds } }
}

/** The canvas of an extended WebP; of AVIF whatever ffprobe can tell. */
const examineAsIs = async (
  binaries: FfmpegBinaries,
  path: string,
  signature: FileSignature,
  chosenRoute: ExaminationRoute,
  signal?: AbortSignal,
) => {
  const presumedInfo = presumeMediaInfo(signature, chosenRoute)
  if (await isFileTruncated(path, presumedInfo.mimeType)) {
    return { ok: false as const, mediaInfo: presumedInfo, failure: failure('TRUNCATED'), probe: null }
  }
  if (presumedInfo.mimeType === 'image/webp') {
    const canvas = Buffer.from(signature.head.slice(24, 30), 'latin1')
    const size = { width: canvas.readUIntLE(0, 3) + 1, height: canvas.readUIntLE(3, 3) + 1 }
    return { ok: true as const, mediaInfo: { ...presumedInfo, ...size }, probe: null }
  }
  const probeResult = await probeFile(binaries, path, chosenRoute, signal).catch(toPermanentFailure)
  return {
    ok: true as const,
    mediaInfo: 'code' in probeResult ? presumedInfo : toMediaInfo(signature, chosenRoute, probeResult),
    probe: null,
  }
}

/**
 * Finds out what a file really is. Never rejects for what is in it: an unusable file is an answer.
 * Rejects with a retryable ConversionError for trouble of the machine, and with the signal's reason.
 */
export const examine = async (
  binaries: FfmpegBinaries,
  path: string,
  hints: { fileName: string; declaredMimeType?: string | null },
  signal?: AbortSignal,
): Promise<ExaminationResult & { probe: Probe | null }> => {
  const signature = await readSignature(path, hints)
  const chosenRoute = route(signature)
  if (chosenRoute.type === 'settled') return { ...chosenRoute.result, probe: null }
  if (chosenRoute.type === 'imageAsIs') return examineAsIs(binaries, path, signature, chosenRoute, signal)
  return examineMedia(binaries, path, signature, chosenRoute, signal)
}
