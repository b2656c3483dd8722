import { binCount, computeHistogram, computeMean, isInformative, measureDistance, measureFrame } from './measures.ts'

/** Sampled frame that may represent the video. */
export interface Candidate {
  atSeconds: number
  /** True if it is the keyframe before `atSeconds`, however long before. */
  isKeyframe?: boolean
  picturePath: string
  grey: Uint8Array
}

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
