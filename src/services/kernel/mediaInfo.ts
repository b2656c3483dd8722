import type { MediaKind } from '../../../prisma/generated/client/enums.ts'

/** What the bytes of a version turned out to be. */
export interface MediaInfo {
  kind: MediaKind
  mimeType: string
  durationSeconds: number | null
  /** As displayed: after rotation and pixel aspect. */
  width: number | null
  height: number | null
}
