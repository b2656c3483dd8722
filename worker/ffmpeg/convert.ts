import { stat } from 'node:fs/promises'
import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import { makeInSomeWay } from './attempts.ts'
import type { FfmpegBinaries } from './binaries.ts'
import { imageDemuxers } from './classification/imageDemuxers.ts'
import { ConversionError, createFailure } from './failures.ts'
import { readOrientation } from './orientation.ts'
import type { RunOptions } from './pass/run.ts'
import { makeBrowserCopy, makePictureThumbnail } from './pictureCopies.ts'
import type { ConversionSource } from './plan/source.ts'
import { probe } from './probe.ts'
import type { RenditionOutput } from './renditionMakers.ts'
import { makeAlone, type Share } from './sharedResults.ts'
import type { WrittenThumbnails } from './thumbnails/protocol.ts'

export interface ConversionRequest {
  profile: RenditionProfile
  inputPath: string
  mediaInfo: MediaInfo
  /** Folder for the result and all intermediate files. The caller that created it removes it. */
  workspacePath: string
  cores: number
  /** Shares facts about the file with its other conversions; nothing if missing. */
  share?: Share
}

export interface Conversion {
  path: string
  mimeType: string
  sizeBytes: number
  width: number | null
  height: number | null
  durationSeconds: number | null
  /** See AttemptedOutput. */
  changedParts?: string[]
  /** See RenditionOutput. */
  thumbnails?: WrittenThumbnails
}

/**
 * First major version of ffmpeg whose usual builds have the quick mode of VP9 as it was measured. With the bundled build
 * of 2018, it takes three times as long as the careful mode.
 */
const minQuickVp9Major = 5

/** Probes the result before it is reported as ready. */
const verifyOutput = async (
  binaries: FfmpegBinaries,
  { outputPath, mimeType, thumbnails }: RenditionOutput,
  signal?: AbortSignal,
): Promise<Conversion> => {
  const sizeBytes = await stat(outputPath).then(
    (stats) => stats.size,
    () => 0,
  )
  if (sizeBytes === 0) throw new ConversionError(createFailure('TOOL_FAILED'))
  const result = await probe(binaries, outputPath, { demuxer: imageDemuxers[mimeType], signal })
  if (!result.video && !result.audio) throw new ConversionError(createFailure('TOOL_FAILED'))
  return {
    path: outputPath,
    mimeType,
    sizeBytes,
    width: result.video?.width ?? null,
    height: result.video?.height ?? null,
    durationSeconds: mimeType.endsWith('/webm') ? result.durationSeconds : null,
    ...(thumbnails && { thumbnails }),
  }
}

/** Makes one rendition. Rejects with a ConversionError, or with the signal's reason. No process outlives the call. */
export const convert = async (
  binaries: FfmpegBinaries,
  { profile, inputPath, mediaInfo, workspacePath, cores, share = makeAlone }: ConversionRequest,
  options: RunOptions = {},
): Promise<Conversion> => {
  const { signal } = options
  const { kind, mimeType } = mediaInfo
  const demuxer = kind === 'IMAGE' ? imageDemuxers[mimeType] : undefined
  const file = { inputPath, mimeType, workspacePath }
  if (profile === 'WEBP') return verifyOutput(binaries, await makeBrowserCopy(file, signal), signal)
  if (kind === 'IMAGE' && profile === 'THUMBNAIL') {
    const thumbnail = await makePictureThumbnail(file, { hasSecondDecoder: demuxer !== undefined, signal })
    if (thumbnail) return verifyOutput(binaries, thumbnail, signal)
  }
  const probeResult = await share(`probe ${demuxer}`, () => probe(binaries, inputPath, { demuxer, signal }), signal)
  const orientation = kind === 'IMAGE' ? await readOrientation(inputPath, mimeType) : 1
  const source: ConversionSource = {
    inputPath,
    workspacePath,
    mediaInfo,
    probe: probeResult,
    orientation,
    cores,
    toneMapping: binaries.canToneMap,
    sizeBytes: (await stat(inputPath)).size,
    hasQuickVp9: (binaries.major ?? 0) >= minQuickVp9Major,
  }
  const { output, changedParts } = await makeInSomeWay(profile, { binaries, source, options, share })
  return { ...(await verifyOutput(binaries, output, signal)), changedParts }
}
