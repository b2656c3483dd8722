import type { Size } from './profiles.ts'

// Choice of the frame that represents a video: which points to sample, and which of the sampled frames to use.

/** Size at which frames are analysed, in grey. */
export const analysisSize: Size = { width: 64, height: 36 }
const frameBytes = analysisSize.width * analysisSize.height

/**
 * `keyframes`: the keyframe before each point, equally fast for a file of any length.
 * `window`: frames at even distances from the start, with all frames in between decoded.
 */
export type SamplingStrategy =
  | { type: 'keyframes'; atSeconds: number[] }
  | { type: 'window'; durationSeconds: number; frames: number }

export interface Candidate {
  atSeconds: number
  picturePath: string
  grey: Uint8Array
}

const windowSeconds = 20
const windowFrames = 12
/** Sample points as shares of the duration. Starts and ends are avoided: they are mostly titles and fades. */
const samplePoints = [0.08, 0.2, 0.32, 0.44, 0.56, 0.68, 0.8, 0.9]

/** Chooses only the window for short files: they have few keyframes, perhaps only the first, and decode fast. */
export const chooseStrategies = (durationSeconds: number | null): SamplingStrategy[] => {
  const length = durationSeconds ?? 0
  const windowStrategy: SamplingStrategy = {
    type: 'window',
    durationSeconds: Math.max(0.04, Math.min(length || windowSeconds, windowSeconds)),
    frames: windowFrames,
  }
  if (length <= windowSeconds) return [windowStrategy]
  return [{ type: 'keyframes', atSeconds: samplePoints.map((point) => point * length) }, windowStrategy]
}

/** Splits the raw output into frames; an incomplete last frame is dropped. */
export const splitFrames = (grey: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.floor(grey.length / frameBytes) }, (_, frame) =>
    grey.subarray(frame * frameBytes, (frame + 1) * frameBytes),
  )

const computeMean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

interface FrameMeasures {
  brightness: number
  contrast: number
  darkShare: number
}

const measureFrame = (grey: Uint8Array): FrameMeasures => {
  const brightness = computeMean(grey)
  const contrast = Math.sqrt(computeMean(Array.from(grey, (value) => (value - brightness) ** 2)))
  const darkShare = grey.filter((value) => value < 28).length / grey.length
  return { brightness, contrast, darkShare }
}

/** True if a frame is neither almost black nor almost of one colour. */
export const isInformative = (grey: Uint8Array): boolean => {
  const { contrast, darkShare } = measureFrame(grey)
  return contrast >= 6 && darkShare < 0.94
}

const binCount = 32

const computeHistogram = (grey: Uint8Array): number[] => {
  const bins = new Array<number>(binCount).fill(0)
  for (const value of grey) bins[value >> 3] = (bins[value >> 3] ?? 0) + 1
  return bins
}

const measureDistance = (a: number[], b: number[]): number =>
  a.reduce((sum, value, bin) => sum + Math.abs(value - (b[bin] ?? 0)), 0)

const minBy = <T>(all: T[], cost: (one: T) => number): T | undefined =>
  all.reduce<T | undefined>((best, one) => (best === undefined || cost(one) < cost(best) ? one : best), undefined)

export interface PosterChoice {
  candidate: Candidate
  informative: boolean
}

/**
 * Chooses the informative candidate that is most similar to all the others. Uses the first frame of the video only if
 * there is no other. Null if there are no candidates.
 */
export const choosePosterFrame = (candidates: Candidate[]): PosterChoice | null => {
  const later = candidates.filter(({ atSeconds }) => atSeconds > 0)
  const eligible = later.length > 0 ? later : candidates
  const informative = eligible.filter(({ grey }) => isInformative(grey))
  if (informative.length === 0) {
    const candidate = minBy(eligible, ({ grey }) => -measureFrame(grey).contrast)
    return candidate ? { candidate, informative: false } : null
  }
  const histograms = informative.map(({ grey }) => computeHistogram(grey))
  const average = Array.from({ length: binCount }, (_, bin) => computeMean(histograms.map((bins) => bins[bin] ?? 0)))
  const candidate = minBy(informative, ({ grey }) => measureDistance(computeHistogram(grey), average))
  return candidate ? { candidate, informative: true } : null
}

/** True if all candidates are identical: the file may have only one keyframe, so that every sample point led to it. */
export const areAllAlike = (candidates: Candidate[]): boolean => {
  const [first] = candidates
  return first !== undefined && candidates.every(({ grey }) => Buffer.compare(grey, first.grey) === 0)
}
