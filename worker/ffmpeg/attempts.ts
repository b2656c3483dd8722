import type { Task } from './conversionTask.ts'
import { ConversionError, type ConversionFailureCode } from './failures.ts'
import { nameChangedParts } from './plan/optionalParts.ts'
import { listWays } from './plan/ways.ts'
import { type FfmpegProfile, makers, type RenditionOutput } from './renditionMakers.ts'

/** Failures that do not depend on the optional parts. */
const finalCodes: ReadonlySet<ConversionFailureCode> = new Set(['TIMED_OUT', 'TOO_MUCH_MEMORY', 'TOO_LARGE'])

const isFinal = (error: unknown): boolean =>
  !(error instanceof ConversionError) || error.failure.retryable || finalCodes.has(error.failure.code)

export interface AttemptedOutput {
  output: RenditionOutput
  /** Optional parts that are missing, or simplified, because ffmpeg refused them; for the log. */
  changedParts: string[]
}

/**
 * Makes a rendition with all its parts. If ffmpeg refuses, tries again with fewer: tone mapping or sound that ffmpeg
 * cannot handle should not cost the picture. A conversion that has advanced is not repeated.
 */
export const makeInSomeWay = async (profile: FfmpegProfile, task: Task): Promise<AttemptedOutput> => {
  const ways = listWays(task.source, profile)
  let hasAdvanced = false
  const onProgress = (percent: number): void => {
    hasAdvanced = true
    task.options.onProgress?.(percent)
  }
  for (const [index, parts] of ways.entries()) {
    const attempt: Task = { ...task, source: { ...task.source, parts }, options: { ...task.options, onProgress } }
    try {
      return { output: await makers[profile](attempt), changedParts: nameChangedParts(parts) }
    } catch (error) {
      if (isFinal(error) || hasAdvanced || index === ways.length - 1) throw error
    }
  }
  throw new Error('There is no way to make a rendition.')
}
