import { join } from 'node:path'
import { toFileUrl } from '../limits.ts'
import type { Pass } from '../pass/pass.ts'
import type { VideoStream } from '../probe.ts'
import { fitWidth, type Size, toEvenSize } from '../profiles.ts'
import { printNumber } from './numbers.ts'
import { createDeinterlaceFilter, createPictureFilter } from './pictureFilter.ts'
import { quickTimeoutMs, type RenditionPlan, stripMetadataOptions } from './renditionPlan.ts'
import { type ConversionSource, createInputOptions } from './source.ts'

const gifSettings = { width: 480, fps: 12, seconds: 6 }

/**
 * Filter that drops frames above the rate and repeats none. Unlike `fps`, it keeps the first frame of any film, even if
 * that is the only one, or shown for less time than the rate allows.
 */
const slowDownFilter = `select=isnan(prev_selected_t)+gt(floor(t*${gifSettings.fps})\\,floor(prev_selected_t*${gifSettings.fps}))`

/** Filter of a GIF from a single decode: the palette is computed from the same frames that use it. */
const createGifFilter = (source: ConversionSource, video: VideoStream, size: Size, seconds: number): string => {
  const framesFilter =
    `[0:${video.index}]${createDeinterlaceFilter(source, video)}setpts=PTS-STARTPTS,trim=duration=${printNumber(seconds, { min: 0.001 })},${slowDownFilter},` +
    `${createPictureFilter(source, video, size)},split[frames][all]`
  const paletteFilter = '[all]palettegen[palette]'
  const ditherFilter = '[frames][palette]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle'
  return `${framesFilter};${paletteFilter};${ditherFilter}`
}

/**
 * Plans a GIF of up to six seconds that starts at the poster frame, or earlier if the video would end before. If that
 * is the keyframe before the given time, the GIF starts there too: the film may end before that time.
 */
export const planGif = (
  source: ConversionSource,
  video: VideoStream,
  posterSeconds: number,
  { isKeyframe = false } = {},
): RenditionPlan => {
  const durationSeconds = source.mediaInfo.durationSeconds ?? gifSettings.seconds
  const seconds = Math.max(0.1, Math.min(gifSettings.seconds, durationSeconds))
  const start = Math.min(posterSeconds, durationSeconds - gifSettings.seconds)
  const size = toEvenSize(fitWidth(video, gifSettings.width))
  const outputPath = join(source.workspacePath, 'moment.gif')
  const pass: Pass = {
    inputOptions: createInputOptions(source, [
      ...(isKeyframe ? ['-noaccurate_seek'] : []),
      ...['-ss', printNumber(start), '-t', printNumber(seconds + 1)],
    ]),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', createGifFilter(source, video, size, seconds), ...stripMetadataOptions],
      // The unit of time of a GIF; ffmpeg would take that of the film's frame rate, which may be hours.
      ...['-an', '-enc_time_base', '1:100', '-loop', '0', '-f', 'gif'],
    ],
    output: toFileUrl(outputPath),
    expectedSeconds: seconds,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, outputPath, mimeType: 'image/gif', size }
}
