import type { MediaKind } from '../../../prisma/generated/client/enums.ts'

/** Properties of a version, read from its bytes. */
export interface MediaInfo {
  kind: MediaKind
  mimeType: string
  durationSeconds: number | null
  /** Displayed size: after rotation and pixel aspect ratio. */
  width: number | null
  height: number | null
  /** Encoding of a text, as a label of the WHATWG standard; null or missing for all other files. */
  charset?: string | null
}
