const maxNumber = 1e9

/**
 * Prints a number for a filter or an option of ffmpeg: plain decimals of at least `min`, whatever the file states. ffmpeg
 * misreads exponents, and some filters fail at 0.
 */
export const printNumber = (value: number, { min = 0, decimals = 3 } = {}): string =>
  (Number.isNaN(value) ? min : Math.min(maxNumber, Math.max(min, value))).toFixed(decimals)
