import { join } from 'node:path'
import { toFileUrl } from '../limits.ts'
import type { Pass } from '../pass/pass.ts'
import type { VideoStream } from '../probe.ts'
import { fitWidth, type Size, toEvenSize } from '../profiles.ts'
import { createDeinterlaceFilter, createPictureFilter } from './pictureFilter.ts'
import { quickTimeoutMs, type RenditionPlan, stripMetadataOptions } from './renditionPlan.ts'
import { type ConversionSource, createInputOptions } from './source.ts'

const gifSettings = { width: 480, fps: 12, seconds: 6 }

/** Filter of a GIF from a single decode: the palette is computed from the same frames that use it. */
const createGifFilter = (source: ConversionSource, video: VideoStream, size: Size, seconds: number): string => {
  const fps = Math.min(gifSettings.fps, video.fps ?? gifSettings.fps)
  const framesFilter =
    `[0:${video.index}]${createDeinterlaceFilter(source, video)}setpts=PTS-STARTPTS,fps=${fps.toFixed(4)},trim=duration=${seconds.toFixed(3)},` +
    `${createPictureFilter(source, video, size)},split[frames][all]`
  const paletteFilter = '[all]palettegen[palette]'
  const ditherFilter = '[frames][palette]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle'
  return `${framesFilter};${paletteFilter};${ditherFilter}`
}

/** Plans a GIF of up to six seconds that starts at the poster frame, or earlier if the video would end before. */
export const planGif = (source: ConversionSource, video: VideoStream, posterSeconds: number): RenditionPlan => {
  const durationSeconds = source.mediaInfo.durationSeconds ?? gifSettings.seconds
  const seconds = Math.max(0.1, Math.min(gifSettings.seconds, durationSeconds))
  const start = Math.max(0, Math.min(posterSeconds, durationSeconds - gifSettings.seconds))
  const size = toEvenSize(fitWidth(video, gifSettings.width))
  const outputPath = join(source.workspacePath, 'moment.gif')
  const pass: Pass = {
    inputOptions: createInputOptions(source, ['-ss', start.toFixed(3), '-t', (seconds + 1).toFixed(3)]),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', createGifFilter(source, video, size, seconds), ...stripMetadataOptions],
      ...['-an', '-loop', '0', '-f', 'gif'],
    ],
    output: toFileUrl(outputPath),
    expectedSeconds: seconds,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, outputPath, mimeType: 'image/gif', size }
}
