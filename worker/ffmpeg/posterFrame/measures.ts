import type { Size } from '../profiles.ts'

/** Size at which frames are analysed, in grey. */
export const analysisSize: Size = { width: 64, height: 36 }
/** Grey copy of a picture at that size. */
export const analysisFilter = `scale=${analysisSize.width}:${analysisSize.height}:flags=area,format=gray`

const frameBytes = analysisSize.width * analysisSize.height

/** Splits the raw output into frames; an incomplete last frame is dropped. */
export const splitFrames = (grey: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.floor(grey.length / frameBytes) }, (_, frame) =>
    grey.subarray(frame * frameBytes, (frame + 1) * frameBytes),
  )

export const computeMean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

interface FrameMeasures {
  brightness: number
  contrast: number
  darkShare: number
}

export const measureFrame = (grey: Uint8Array): FrameMeasures => {
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

export const binCount = 32

export const computeHistogram = (grey: Uint8Array): number[] => {
  const bins = new Array<number>(binCount).fill(0)
  for (const value of grey) bins[value >> 3] = (bins[value >> 3] ?? 0) + 1
  return bins
}

export const measureDistance = (a: number[], b: number[]): number =>
  a.reduce((sum, value, bin) => sum + Math.abs(value - (b[bin] ?? 0)), 0)
