import type { MediaInfo } from '../../../src/services/kernel/mediaInfo.ts'
import { decoderRestrictions, inputRestrictions } from '../limits.ts'
import type { Orientation } from '../orientation.ts'
import type { Probe } from '../probe.ts'
import type { OptionalParts } from './optionalParts.ts'

/** Complete input of a plan. */
export interface ConversionSource {
  inputPath: string
  workspacePath: string
  mediaInfo: MediaInfo
  probe: Probe
  orientation: Orientation
  cores: number
  /** See FfmpegBinaries. */
  toneMapping: boolean
  /** Size of the input; unknown if missing. */
  sizeBytes?: number
  /** Whether the encoder of VP9 has an efficient quick mode; not if missing. */
  hasQuickVp9?: boolean
  /** How the optional parts are made; all of them in the best way if missing. */
  parts?: OptionalParts
}

const quietOptions = ['-v', 'error']

export const createInputOptions = (source: ConversionSource, extraOptions: string[]): string[] => [
  ...quietOptions,
  ...inputRestrictions,
  ...decoderRestrictions,
  ...['-threads', String(source.cores)],
  ...extraOptions,
]
