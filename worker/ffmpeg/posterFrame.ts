/** Candidates for the picture that stands for a video: where to look, and which of those seen to take. */

/** Frames are judged at this size, in grey. */
export const analysisSize = { width: 64, height: 36 }
const frameBytes = analysisSize.width * analysisSize.height

/** `keyframes`: the one before each point, however long the file is. `window`: frames at even distances, all decoded. */
export type SamplingStrategy =
  | { type: 'keyframes'; atSeconds: number[] }
  | { type: 'window'; durationSeconds: number; frames: number }

export type Candidate = { atSeconds: number; picturePath: string; grey: Uint8Array }

const windowSeconds = 20
const windowFrames = 12
/** Beginnings and ends are titles and fades. */
const samplePoints = [0.08, 0.2, 0.32, 0.44, 0.56, 0.68, 0.8, 0.9]

/** Short files hold few keyframes, perhaps only the first, and are quick to decode. */
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

export const splitFrames = (grey: Uint8Array) =>
  Array.from({ length: Math.floor(grey.length / frameBytes) }, (_, frame) =>
    grey.subarray(frame * frameBytes, (frame + 1) * frameBytes),
  )

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

export const measureFrame = (grey: Uint8Array) => {
  const brightness = mean(grey)
  const contrast = Math.sqrt(mean(Array.from(grey, (value) => (value - brightness) ** 2)))
  const darkShare = grey.filter((value) => value < 28).length / grey.length
  return { brightness, contrast, darkShare }
}

/** Neither black nor of one colour. */
export const isInformative = (grey: Uint8Array) => {
  const { contrast, darkShare } = measureFrame(grey)
  return contrast >= 6 && darkShare < 0.94
}

const histogram = (grey: Uint8Array) => {
  const bins = new Array<number>(32).fill(0)
  for (const value of grey) bins[value >> 3] = (bins[value >> 3] ?? 0) + 1
  return bins
}

const distance = (a: number[], b: number[]) => a.reduce((sum, value, bin) => sum + Math.abs(value - (b[bin] ?? 0)), 0)

const minBy = <T>(all: T[], cost: (one: T) => number): T | undefined =>
  all.reduce<T | undefined>((best, one) => (best === undefined || cost(one) < cost(best) ? one : best), undefined)

/** Of those that show something, the one most like all the others; the very first frame only if there is no other. */
export const choosePosterFrame = (candidates: Candidate[]): { candidate: Candidate; informative: boolean } | null => {
  const later = candidates.filter(({ atSeconds }) => atSeconds > 0)
  const eligible = later.length > 0 ? later : candidates
  const informative = eligible.filter(({ grey }) => isInformative(grey))
  if (informative.length === 0) {
    const candidate = minBy(eligible, ({ grey }) => -measureFrame(grey).contrast)
    return candidate ? { candidate, informative: false } : null
  }
  const histograms = informative.map(({ grey }) => histogram(grey))
  const average = Array.from({ length: 32 }, (_, bin) => mean(histograms.map((bins) => bins[bin] ?? 0)))
  const candidate = minBy(informative, ({ grey }) => distance(histogram(grey), average))
  return candidate ? { candidate, informative: true } : null
}

/** All the same: one keyframe for the whole file, perhaps, so that every point led back to it. */
export const areAllAlike = (candidates: Candidate[]) => {
  const [first] = candidates
  return first !== undefined && candidates.every(({ grey }) => Buffer.compare(grey, first.grey) === 0)
}
