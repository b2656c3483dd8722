import { join } from 'node:path'
import { toFileUrl } from '../limits.ts'
import type { Pass } from '../pass/pass.ts'
import { analysisFilter } from '../posterFrame/measures.ts'
import type { VideoStream } from '../probe.ts'
import { fitWidth } from '../profiles.ts'
import { createDeinterlaceFilter, createPictureFilter } from './pictureFilter.ts'
import { quickTimeoutMs, stripMetadataOptions, thumbnailWidth } from './renditionPlan.ts'
import { type ConversionSource, createInputOptions } from './source.ts'

export interface SamplePass {
  pass: Pass
  greyPath: string
  picturePath(frame: number): string
}

interface SampleOptions {
  name: string
  seekOptions: string[]
  sampleFilter: string
  frames: number
}

export const createSamplePass = (
  source: ConversionSource,
  video: VideoStream,
  { name, seekOptions, sampleFilter, frames }: SampleOptions,
): SamplePass => {
  const size = fitWidth(video, thumbnailWidth)
  const greyPath = join(source.workspacePath, `${name}.grey`)
  const graph = `[0:${video.index}]${createDeinterlaceFilter(source, video)}${sampleFilter}${createPictureFilter(source, video, size)},split[picture][small];[small]${analysisFilter}[grey]`
  const countOptions = ['-frames:v', String(frames)]
  const pass: Pass = {
    inputOptions: createInputOptions(source, seekOptions),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', graph, '-map', '[picture]', ...countOptions, ...stripMetadataOptions],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', '-f', 'image2'],
      ...['-y', toFileUrl(join(source.workspacePath, `${name}-%d.jpg`))],
      ...['-map', '[grey]', ...countOptions, '-f', 'rawvideo'],
    ],
    output: toFileUrl(greyPath),
    expectedSeconds: null,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, greyPath, picturePath: (frame) => join(source.workspacePath, `${name}-${frame + 1}.jpg`) }
}
