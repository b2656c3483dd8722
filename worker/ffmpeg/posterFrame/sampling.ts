/**
 * `keyframes`: the keyframe before each point, equally fast for a file of any length.
 * `window`: frames at even distances from the start, with all frames in between decoded.
 */
export type SamplingStrategy =
  | { type: 'keyframes'; atSeconds: number[] }
  | { type: 'window'; durationSeconds: number; frames: number }

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
