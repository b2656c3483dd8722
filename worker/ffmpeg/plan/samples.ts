import type { SamplingStrategy } from '../posterFrame/sampling.ts'
import type { VideoStream } from '../probe.ts'
import { printNumber } from './numbers.ts'
import { createSamplePass, type SamplePass } from './samplePass.ts'
import type { ConversionSource } from './source.ts'

/** Extracts the keyframe before a point: seeks and decodes one picture, at equal cost in a file of any length. */
export const planKeyframe = (
  source: ConversionSource,
  video: VideoStream,
  { atSeconds, name }: { atSeconds: number; name: string },
): SamplePass =>
  createSamplePass(source, video, {
    name,
    seekOptions: ['-skip_frame', 'nokey', '-noaccurate_seek', '-ss', printNumber(atSeconds)],
    // A keyframe's time is before the point, so it is negative after seeking.
    sampleFilter: 'setpts=PTS-STARTPTS,',
    frames: 1,
  })

export const planWindow = (
  source: ConversionSource,
  video: VideoStream,
  { durationSeconds, frames }: Extract<SamplingStrategy, { type: 'window' }>,
): SamplePass =>
  createSamplePass(source, video, {
    name: 'window',
    seekOptions: ['-t', printNumber(durationSeconds, { min: 0.001 })],
    // The last frame may be shown for hours: `trim` ends its repetition.
    sampleFilter: `fps=${printNumber(frames / durationSeconds, { min: 0.0001, decimals: 4 })},trim=end_frame=${frames},`,
    frames,
  })

/** Extracts the first frame, without any filter that could drop it: it may have no duration. */
export const planFirstFrame = (source: ConversionSource, video: VideoStream): SamplePass =>
  createSamplePass(source, video, { name: 'first', seekOptions: [], sampleFilter: '', frames: 1 })
