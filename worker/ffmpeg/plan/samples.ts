import type { SamplingStrategy } from '../posterFrame/sampling.ts'
import type { VideoStream } from '../probe.ts'
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
    seekOptions: ['-skip_frame', 'nokey', '-noaccurate_seek', '-ss', atSeconds.toFixed(3)],
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
    seekOptions: ['-t', durationSeconds.toFixed(3)],
    sampleFilter: `fps=${(frames / durationSeconds).toFixed(4)},`,
    frames,
  })
