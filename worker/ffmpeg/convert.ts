import { readFile, stat } from 'node:fs/promises'
import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { Facts } from '../../src/services/kernel/mediaInfo.ts'
import type { Binaries } from './binaries.ts'
import { IMAGE_DEMUXERS } from './classify.ts'
import { ConversionError, failure } from './failures.ts'
import { readOrientation } from './orientation.ts'
import { type LookPass, planGif, planImage, planKeyframe, planWave, planWebm, planWindow, type Source } from './plan.ts'
import { areAllAlike, type Candidate, choose, framesOf, type Looking, lookings } from './posterFrame.ts'
import { probe, type VideoStream } from './probe.ts'
import { type RunOptions, run } from './run.ts'

export type ConversionRequest = {
  profile: RenditionProfile
  inputPath: string
  facts: Facts
  /** Where the result and everything on the way to it is written. Whoever opened it removes it. */
  workspacePath: string
  cores: number
}

export type Conversion = {
  path: string
  mimeType: string
  sizeBytes: number
  width: number | null
  height: number | null
  durationSeconds: number | null
}

type Task = { binaries: Binaries; source: Source; options: RunOptions }
type Made = { outputPath: string; mimeType: string }

const seen = async (
  { pass, greyPath, picturePath }: LookPass,
  { binaries, options }: Task,
  at: (frame: number) => number,
) => {
  await run(binaries, pass, { ...options, onProgress: undefined })
  const grey = await readFile(greyPath)
  return framesOf(grey).map(
    (frame, index): Candidate => ({ atSeconds: at(index), picturePath: picturePath(index), grey: frame }),
  )
}

const candidates = async (task: Task, video: VideoStream, looking: Looking): Promise<Candidate[]> => {
  const { source } = task
  if (looking.type === 'window') {
    const stepSeconds = looking.durationSeconds / looking.frames
    return seen(planWindow(source, video, looking), task, (frame) => frame * stepSeconds)
  }
  const found: Candidate[] = []
  // One after the other: eight decoders of 8K at once would not fit into memory.
  for (const [index, atSeconds] of looking.atSeconds.entries()) {
    const pass = planKeyframe(source, video, atSeconds, `keyframe-${index}`)
    found.push(...(await seen(pass, task, () => atSeconds).catch(noneThere)))
  }
  return found
}

/** A point past the last keyframe, or a damaged spot: there are others. */
const noneThere = (error: unknown): Candidate[] => {
  if (error instanceof ConversionError && !error.failure.retryable) return []
  throw error
}

/** The moment that stands for the video, with its picture already made. */
const findMoment = async (task: Task, video: VideoStream) => {
  let best: ReturnType<typeof choose> = null
  for (const looking of lookings(task.source.facts.durationSeconds)) {
    const found = await candidates(task, video, looking)
    const chosen = choose(found)
    if (chosen && (best === null || chosen.telling)) best = chosen
    if (chosen?.telling && !areAllAlike(found)) break
  }
  if (!best) throw new ConversionError(failure('NO_CONTENT'))
  return best.candidate
}

const thumbnail = async (task: Task): Promise<Made> => {
  const { source, binaries, options } = task
  const { video, audio } = source.probe
  if (source.facts.kind === 'VIDEO' && video) {
    const { picturePath } = await findMoment(task, video)
    return { outputPath: picturePath, mimeType: 'image/jpeg' }
  }
  const plan = video ? planImage(source, video) : audio ? planWave(source, audio) : null
  if (!plan) throw new ConversionError(failure('NO_CONTENT'))
  await run(binaries, plan.pass, options)
  return plan
}

const gif = async (task: Task): Promise<Made> => {
  const { video } = task.source.probe
  if (!video) throw new ConversionError(failure('NO_CONTENT'))
  const moment = await findMoment(task, video)
  const plan = planGif(task.source, video, moment.atSeconds)
  await run(task.binaries, plan.pass, task.options)
  return plan
}

const webm = async (task: Task): Promise<Made> => {
  const plan = planWebm(task.source)
  await run(task.binaries, plan.pass, task.options)
  return plan
}

const makers = { THUMBNAIL: thumbnail, GIF: gif, WEBM: webm } satisfies Record<RenditionProfile, unknown>

/** Read back before anyone is told that it exists. */
const verified = async (
  binaries: Binaries,
  { outputPath, mimeType }: Made,
  signal?: AbortSignal,
): Promise<Conversion> => {
  const sizeBytes = await stat(outputPath).then(
    (found) => found.size,
    () => 0,
  )
  if (sizeBytes === 0) throw new ConversionError(failure('TOOL_FAILED'))
  const found = await probe(binaries, outputPath, { demuxer: IMAGE_DEMUXERS[mimeType], signal })
  if (!found.video && !found.audio) throw new ConversionError(failure('TOOL_FAILED'))
  return {
    path: outputPath,
    mimeType,
    sizeBytes,
    width: found.video?.width ?? null,
    height: found.video?.height ?? null,
    durationSeconds: mimeType.endsWith('/webm') ? found.durationSeconds : null,
  }
}

/** Makes one rendition. Rejects with a ConversionError, or with the signal's reason; no process outlives it. */
export const convert = async (
  binaries: Binaries,
  { profile, inputPath, facts, workspacePath, cores }: ConversionRequest,
  options: RunOptions = {},
): Promise<Conversion> => {
  const { signal } = options
  const demuxer = facts.kind === 'IMAGE' ? IMAGE_DEMUXERS[facts.mimeType] : undefined
  const found = await probe(binaries, inputPath, { demuxer, signal })
  const orientation = facts.kind === 'IMAGE' ? await readOrientation(inputPath, facts.mimeType) : 1
  const source = {
    inputPath,
    workspacePath,
    facts,
    probe: found,
    orientation,
    cores,
    toneMapping: binaries.toneMapping,
  }
  const made = await makers[profile]({ binaries, source, options })
  return verified(binaries, made, signal)
}
