import type { VideoStream } from '../probe.ts'
import type { Size } from '../profiles.ts'
import type { ConversionSource } from './source.ts'

/** How the VP9 encoder weighs processor time against quality, and the quality itself: a lower `crf` is better. */
interface Vp9Effort {
  deadline: 'good' | 'realtime'
  cpuUsed: number
  crf: number
}

const careful: Vp9Effort = { deadline: 'good', cpuUsed: 5, crf: 33 }
/** As similar to the original as `careful`, of the same size, for half the processor time. */
const quick: Vp9Effort = { deadline: 'realtime', cpuUsed: 4, crf: 34 }
/** The quick encoder smooths noise that the careful one keeps, unless its quality is higher. */
const quickForNoise: Vp9Effort = { ...quick, crf: 32 }

/** Pictures of fewer pixels cost little, and the quick encoder makes them worse or larger. */
const minQuickPixels = 480 * 270
/** Density of a file that codecs could not compress well, since its pictures are noisy. Lectures and films have 0.02 to 0.3. */
const minNoisyBitsPerPixel = 0.4

const computeBitsPerPixel = ({ sizeBytes, mediaInfo, probe }: ConversionSource, video: VideoStream): number | null => {
  const durationSeconds = mediaInfo.durationSeconds ?? probe.durationSeconds
  if (!sizeBytes || !durationSeconds || !video.fps) return null
  return (sizeBytes * 8) / (durationSeconds * video.fps * video.width * video.height)
}

/** The careful effort wherever the quick one was not shown to be as good: `bench/conversion` compares them. */
const chooseVp9Effort = (source: ConversionSource, video: VideoStream, size: Size): Vp9Effort => {
  const bitsPerPixel = computeBitsPerPixel(source, video)
  if (!source.hasQuickVp9 || bitsPerPixel === null || size.width * size.height < minQuickPixels) return careful
  return bitsPerPixel < minNoisyBitsPerPixel ? quick : quickForNoise
}

const chooseTileColumns = (width: number): number => (width >= 1024 ? 2 : width >= 512 ? 1 : 0)

/**
 * VP9 and not AV1, which is smaller and, by SVT-AV1, quicker to encode: Safari plays AV1 only on devices that decode it
 * in hardware, and a media has one WebM for all browsers.
 */
export const createVp9EncoderOptions = (source: ConversionSource, video: VideoStream, size: Size): string[] => {
  const { deadline, cpuUsed, crf } = chooseVp9Effort(source, video, size)
  return [
    ...['-c:v', 'libvpx-vp9', '-crf', String(crf), '-b:v', '0', '-deadline', deadline, '-cpu-used', String(cpuUsed)],
    ...['-row-mt', '1', '-tile-columns', String(chooseTileColumns(size.width))],
  ]
}
