import type { FfmpegBinaries } from './binaries.ts'
import type { RunOptions } from './pass/run.ts'
import type { ConversionSource } from './plan/source.ts'
import type { Share } from './sharedResults.ts'

/** One conversion in progress: what to convert, and how ffmpeg runs. */
export interface Task {
  binaries: FfmpegBinaries
  source: ConversionSource
  options: RunOptions
  share: Share
}
