import { readFile } from 'node:fs/promises'
import type { Task } from '../conversionTask.ts'
import { ConversionError, createFailure } from '../failures.ts'
import { run } from '../pass/run.ts'
import type { SamplePass } from '../plan/samplePass.ts'
import { planFirstFrame, planKeyframe, planWindow } from '../plan/samples.ts'
import type { VideoStream } from '../probe.ts'
import { areAllAlike, type Candidate, choosePosterFrame, type PosterChoice } from './choice.ts'
import { splitFrames } from './measures.ts'
import { chooseStrategies, type SamplingStrategy } from './sampling.ts'

const sampleFrames = async (
  { pass, greyPath, picturePath }: SamplePass,
  { binaries, options }: Task,
  timeOf: (frame: number) => number,
  isKeyframe = false,
): Promise<Candidate[]> => {
  await run(binaries, pass, { ...options, onProgress: undefined })
  const grey = await readFile(greyPath)
  return splitFrames(grey).map(
    (frame, index): Candidate => ({
      atSeconds: timeOf(index),
      isKeyframe,
      picturePath: picturePath(index),
      grey: frame,
    }),
  )
}

const findCandidates = async (task: Task, video: VideoStream, strategy: SamplingStrategy): Promise<Candidate[]> => {
  const { source } = task
  if (strategy.type === 'window') {
    const stepSeconds = strategy.durationSeconds / strategy.frames
    return sampleFrames(planWindow(source, video, strategy), task, (frame) => frame * stepSeconds).catch(
      ignoreMissingFrame,
    )
  }
  const frames: Candidate[] = []
  // One after the other: eight 8K decoders at the same time would not fit into memory.
  for (const [index, atSeconds] of strategy.atSeconds.entries()) {
    const pass = planKeyframe(source, video, { atSeconds, name: `keyframe-${index}` })
    frames.push(...(await sampleFrames(pass, task, () => atSeconds, true).catch(ignoreMissingFrame)))
  }
  return frames
}

/** Ignores a point after the last keyframe or at a damaged spot: other points suffice, or the first frame is tried. */
const ignoreMissingFrame = (error: unknown): Candidate[] => {
  if (error instanceof ConversionError && !error.failure.retryable) return []
  throw error
}

/** Searches for the frame that represents the video; its picture is already written. */
const searchPosterFrame = async (task: Task, video: VideoStream): Promise<Candidate> => {
  let best: PosterChoice | null = null
  for (const strategy of chooseStrategies(task.source.mediaInfo.durationSeconds)) {
    const frames = await findCandidates(task, video, strategy)
    const choice = choosePosterFrame(frames)
    if (choice && (best === null || choice.informative)) best = choice
    if (choice?.informative && !areAllAlike(frames)) break
  }
  if (best) return best.candidate
  // A film that is over before the first of the window's frames is due.
  const [firstFrame] = await sampleFrames(planFirstFrame(task.source, video), task, () => 0)
  if (!firstFrame) throw new ConversionError(createFailure('NO_CONTENT'))
  return firstFrame
}

/** Poster frame of a video, with its picture as a JPEG. */
interface PosterFrame {
  atSeconds: number
  isKeyframe: boolean
  picture: Buffer
}

/** Finds the frame that represents the video: once for the thumbnail and the GIF that share it. */
export const findPosterFrame = (task: Task, video: VideoStream): Promise<PosterFrame> => {
  const { share, options, source } = task
  const search = async (): Promise<PosterFrame> => {
    const { atSeconds, isKeyframe = false, picturePath } = await searchPosterFrame(task, video)
    return { atSeconds, isKeyframe, picture: await readFile(picturePath) }
  }
  return share(`poster frame ${JSON.stringify([source.mediaInfo, source.parts])}`, search, options.signal)
}
