import { join } from 'node:path'
import { imageDemuxers } from '../classification/imageDemuxers.ts'
import { toFileUrl } from '../limits.ts'
import type { Orientation } from '../orientation.ts'
import type { Pass } from '../pass/pass.ts'
import { analysisFilter } from '../posterFrame/measures.ts'
import type { VideoStream } from '../probe.ts'
import { fitWidth } from '../profiles.ts'
import { createScaleFilter } from './pictureFilter.ts'
import { quickTimeoutMs, type RenditionPlan, stripMetadataOptions, thumbnailWidth } from './renditionPlan.ts'
import { type ConversionSource, createInputOptions } from './source.ts'

const uprightFilters: Record<Orientation, string[]> = {
  1: [],
  2: ['hflip'],
  3: ['hflip', 'vflip'],
  4: ['vflip'],
  5: ['transpose=0'],
  6: ['transpose=1'],
  7: ['transpose=3'],
  8: ['transpose=2'],
}

interface ImagePlan extends RenditionPlan {
  /** Grey copy for the analysis, since a decoder may leave a picture empty and report success. */
  greyPath: string
}

/** Plans a small copy of a picture: upright as its orientation demands, without metadata, with its transparency. */
export const planImage = (source: ConversionSource, video: VideoStream): ImagePlan => {
  // The media info holds the displayed size, after the rotation.
  const displaySize = { width: source.mediaInfo.width ?? video.width, height: source.mediaInfo.height ?? video.height }
  const size = fitWidth(displaySize, thumbnailWidth)
  const filters = [...uprightFilters[source.orientation], createScaleFilter(size, 'lanczos')].join(',')
  const graph = `[0:${video.index}]${filters},split[picture][small];[small]${analysisFilter}[grey]`
  const greyPath = join(source.workspacePath, 'picture.grey')
  const outputPath = join(source.workspacePath, video.alpha ? 'picture.png' : 'picture.jpg')
  const encoderOptions = video.alpha
    ? ['-c:v', 'png', '-pix_fmt', 'rgba']
    : ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p']
  const demuxer = imageDemuxers[source.mediaInfo.mimeType]
  const pass: Pass = {
    // Some decoders only warn about parts that they cannot decode.
    inputOptions: createInputOptions(source, ['-v', 'warning', '-noautorotate', ...(demuxer ? ['-f', demuxer] : [])]),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', graph, '-map', '[picture]', '-frames:v', '1', ...stripMetadataOptions, ...encoderOptions],
      ...['-f', 'image2', '-y', toFileUrl(outputPath), '-map', '[grey]', '-frames:v', '1', '-f', 'rawvideo'],
    ],
    output: toFileUrl(greyPath),
    expectedSeconds: null,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, greyPath, outputPath, mimeType: video.alpha ? 'image/png' : 'image/jpeg', size }
}
