import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { Task } from './conversionTask.ts'
import { ConversionError, createFailure, toFailure } from './failures.ts'
import { run } from './pass/run.ts'
import { planGif } from './plan/gif.ts'
import { planImage } from './plan/image.ts'
import type { RenditionPlan } from './plan/renditionPlan.ts'
import { planWaveform } from './plan/waveform.ts'
import { planWebm } from './plan/webm.ts'
import { measureFrame } from './posterFrame/measures.ts'
import { findPosterFrame } from './posterFrame/search.ts'
import type { VideoStream } from './probe.ts'
import type { WrittenThumbnails } from './thumbnails/protocol.ts'
import { readFileEnd } from './truncation/truncation.ts'

export interface RenditionOutput {
  outputPath: string
  mimeType: string
  /** Thumbnails, if they were made at the same time. */
  thumbnails?: WrittenThumbnails
}

/** Refuses a copy of one colour if the decoder complained: its pixels were not decoded. */
const makeImage = async ({ source, binaries, options }: Task, video: VideoStream): Promise<RenditionOutput> => {
  const plan = planImage(source, video)
  const { stderr } = await run(binaries, plan.pass, options)
  const { contrast } = measureFrame(await readFile(plan.greyPath))
  const complaint = toFailure({ stderr })
  if (contrast === 0 && complaint.code !== 'TOOL_FAILED') throw new ConversionError(complaint, { stderr })
  return plan
}

const makeThumbnail = async (task: Task): Promise<RenditionOutput> => {
  const { source, binaries, options } = task
  const { video, audio } = source.probe
  if (source.mediaInfo.kind === 'VIDEO' && video) {
    const { picture } = await findPosterFrame(task, video)
    const outputPath = join(source.workspacePath, 'poster.jpg')
    await writeFile(outputPath, picture)
    return { outputPath, mimeType: 'image/jpeg' }
  }
  if (video) return makeImage(task, video)
  if (!audio) throw new ConversionError(createFailure('NO_CONTENT'))
  const plan = planWaveform(source, audio)
  await run(binaries, plan.pass, options)
  return plan
}

/** False if no frame was written: ffmpeg then leaves a file without frames, or fails since version 7. */
const makeWholeGif = async (task: Task, { pass, outputPath, mimeType }: RenditionPlan): Promise<boolean> => {
  try {
    await run(task.binaries, pass, task.options)
  } catch (error) {
    if (error instanceof ConversionError && ['TOOL_FAILED', 'NO_CONTENT'].includes(error.failure.code)) return false
    throw error
  }
  return (await readFileEnd(outputPath, mimeType)).state === 'whole'
}

const makeGif = async (task: Task): Promise<RenditionOutput> => {
  const { video } = task.source.probe
  if (!video) throw new ConversionError(createFailure('NO_CONTENT'))
  const posterFrame = await findPosterFrame(task, video)
  const plan = planGif(task.source, video, posterFrame.atSeconds, posterFrame)
  if (await makeWholeGif(task, plan)) return plan
  // No frame starts after this point: the last one is still shown, perhaps for hours.
  const lastFramePlan = planGif(task.source, video, posterFrame.atSeconds, { isKeyframe: true })
  await run(task.binaries, lastFramePlan.pass, task.options)
  return lastFramePlan
}

const makeWebm = async (task: Task): Promise<RenditionOutput> => {
  const plan = planWebm(task.source)
  await run(task.binaries, plan.pass, task.options)
  return plan
}

/** Profiles that ffmpeg makes. */
export type FfmpegProfile = Exclude<RenditionProfile, 'WEBP'>

/** Plans and runs the passes of each profile. */
export const makers = { THUMBNAIL: makeThumbnail, GIF: makeGif, WEBM: makeWebm } satisfies Record<
  FfmpegProfile,
  unknown
>
