const progressiveFrame = 0xc2
const startOfScan = 0xda

interface ScanCoverage {
  addSegment(code: number, body: Buffer): void
  /** Whether the scans hold every bit of every coefficient. */
  isComplete(): boolean
}

/**
 * Follows which coefficients the scans of a progressive JPEG bring: each scan adds a band of them, or one more bit of
 * their precision. A JPEG that is not progressive has all of them in one scan per component.
 */
export const createScanCoverage = (): ScanCoverage => {
  let isProgressive = false
  /** By component: the number of low bits that are missing, per coefficient. */
  const missingBits = new Map<number, number[]>()
  return {
    addSegment(code, body) {
      if (code === progressiveFrame) {
        isProgressive = true
        const componentCount = body[5] ?? 0
        for (let index = 0; index < componentCount; index++)
          missingBits.set(body[6 + 3 * index] ?? 0, new Array<number>(64).fill(16))
      }
      if (code !== startOfScan) return
      const componentCount = body[0] ?? 0
      const [first = 0, last = 63, precision = 0] = body.subarray(1 + 2 * componentCount)
      for (let index = 0; index < componentCount; index++)
        missingBits.get(body[1 + 2 * index] ?? 0)?.fill(precision & 0x0f, first, last + 1)
    },
    isComplete: () => !isProgressive || [...missingBits.values()].flat().every((bits) => bits === 0),
  }
}
