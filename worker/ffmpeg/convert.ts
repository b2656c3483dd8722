import { readFile, stat } from 'node:fs/promises'
import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import type { FfmpegBinaries } from './binaries.ts'
import { imageDemuxers } from './classification/imageDemuxers.ts'
import { ConversionError, createFailure } from './failures.ts'
import { readOrientation } from './orientation.ts'
import { type RunOptions, run } from './pass/run.ts'
import { planGif } from './plan/gif.ts'
import { planImage } from './plan/image.ts'
import type { SamplePass } from './plan/samplePass.ts'
import { planKeyframe, planWindow } from './plan/samples.ts'
import type { ConversionSource } from './plan/source.ts'
import { planWaveform } from './plan/waveform.ts'
import { planWebm } from './plan/webm.ts'
import { areAllAlike, type Candidate, choosePosterFrame, type PosterChoice } from './posterFrame/choice.ts'
import { splitFrames } from './posterFrame/measures.ts'
import { chooseStrategies, type SamplingStrategy } from './posterFrame/sampling.ts'
import { probe, type VideoStream } from './probe.ts'

export interface ConversionRequest {
  profile: RenditionProfile
  inputPath: string
  mediaInfo: MediaInfo
  /** Folder for the result and all intermediate files. The caller that created it removes it. */
  workspacePath: string
  cores: number
}

export interface Conversion {
  path: string
  mimeType: string
  sizeBytes: number
  width: number | null
  height: number | null
  durationSeconds: number | null
}

interface Task {
  binaries: FfmpegBinaries
  source: ConversionSource
  options: RunOptions
}

interface RenditionOutput {
  outputPath: string
  mimeType: string
}

const sampleFrames = async (
  { pass, greyPath, picturePath }: SamplePass,
  { binaries, options }: Task,
  timeOf: (frame: number) => number,
): Promise<Candidate[]> => {
  await run(binaries, pass, { ...options, onProgress: undefined })
  const grey = await readFile(greyPath)
  return splitFrames(grey).map(
    (frame, index): Candidate => ({ atSeconds: timeOf(index), picturePath: picturePath(index), grey: frame }),
  )
}

const findCandidates = async (task: Task, video: VideoStream, strategy: SamplingStrategy): Promise<Candidate[]> => {
  const { source } = task
  if (strategy.type === 'window') {
    const stepSeconds = strategy.durationSeconds / strategy.frames
    return sampleFrames(planWindow(source, video, strategy), task, (frame) => frame * stepSeconds)
  }
  const frames: Candidate[] = []
  // One after the other: eight 8K decoders at the same time would not fit into memory.
  for (const [index, atSeconds] of strategy.atSeconds.entries()) {
    const pass = planKeyframe(source, video, { atSeconds, name: `keyframe-${index}` })
    frames.push(...(await sampleFrames(pass, task, () => atSeconds).catch(ignoreMissingFrame)))
  }
  return frames
}

/** Ignores a point after the last keyframe or at a damaged spot, since the other points suffice. */
const ignoreMissingFrame = (error: unknown): Candidate[] => {
  if (error instanceof ConversionError && !error.failure.retryable) return []
  throw error
}

/** Finds the frame that represents the video; its picture is already written. */
const findPosterFrame = async (task: Task, video: VideoStream): Promise<Candidate> => {
  let best: PosterChoice | null = null
  for (const strategy of chooseStrategies(task.source.mediaInfo.durationSeconds)) {
    const frames = await findCandidates(task, video, strategy)
    const choice = choosePosterFrame(frames)
    if (choice && (best === null || choice.informative)) best = choice
    if (choice?.informative && !areAllAlike(frames)) break
  }
  if (!best) throw new ConversionError(createFailure('NO_CONTENT'))
  return best.candidate
}

const makeThumbnail = async (task: Task): Promise<RenditionOutput> => {
  const { source, binaries, options } = task
  const { video, audio } = source.probe
  if (source.mediaInfo.kind === 'VIDEO' && video) {
    const { picturePath } = await findPosterFrame(task, video)
    return { outputPath: picturePath, mimeType: 'image/jpeg' }
  }
  const plan = video ? planImage(source, video) : audio ? planWaveform(source, audio) : null
  if (!plan) throw new ConversionError(createFailure('NO_CONTENT'))
  await run(binaries, plan.pass, options)
  return plan
}

const makeGif = async (task: Task): Promise<RenditionOutput> => {
  const { video } = task.source.probe
  if (!video) throw new ConversionError(createFailure('NO_CONTENT'))
  const posterFrame = await findPosterFrame(task, video)
  const plan = planGif(task.source, video, posterFrame.atSeconds)
  await run(task.binaries, plan.pass, task.options)
  return plan
}

const makeWebm = async (task: Task): Promise<RenditionOutput> => {
  const plan = planWebm(task.source)
  await run(task.binaries, plan.pass, task.options)
  return plan
}

const makers = { THUMBNAIL: makeThumbnail, GIF: makeGif, WEBM: makeWebm } satisfies Record<RenditionProfile, unknown>

/** Probes the result before it is reported as ready. */
const verifyOutput = async (
  binaries: FfmpegBinaries,
  { outputPath, mimeType }: RenditionOutput,
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
  }
}

/** Makes one rendition. Rejects with a ConversionError, or with the signal's reason. No process outlives the call. */
export const convert = async (
  binaries: FfmpegBinaries,
  { profile, inputPath, mediaInfo, workspacePath, cores }: ConversionRequest,
  options: RunOptions = {},
): Promise<Conversion> => {
  const { signal } = options
  const demuxer = mediaInfo.kind === 'IMAGE' ? imageDemuxers[mediaInfo.mimeType] : undefined
  const probeResult = await probe(binaries, inputPath, { demuxer, signal })
  const orientation = mediaInfo.kind === 'IMAGE' ? await readOrientation(inputPath, mediaInfo.mimeType) : 1
  const source: ConversionSource = {
    inputPath,
    workspacePath,
    mediaInfo,
    probe: probeResult,
    orientation,
    cores,
    toneMapping: binaries.canToneMap,
  }
  const output = await makers[profile]({ binaries, source, options })
  return verifyOutput(binaries, output, signal)
}
