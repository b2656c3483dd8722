import type { Pass } from '../pass/pass.ts'
import type { Size } from '../profiles.ts'

export const thumbnailWidth = 640

export const quickTimeoutMs = 3 * 60_000
export const stripMetadataOptions = ['-map_metadata', '-1', '-map_chapters', '-1', '-dn', '-sn']

export interface RenditionPlan {
  pass: Pass
  outputPath: string
  mimeType: string
  /** Size of the picture; null for sound. */
  size: Size | null
}
