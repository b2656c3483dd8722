/** What the library knows about a file once its bytes have been looked at. */
export type MediaKind = 'VIDEO' | 'AUDIO' | 'IMAGE' | 'DOCUMENT' | 'OTHER'

export type Facts = {
  kind: MediaKind
  mimeType: string
  durationSeconds: number | null
  /** As displayed: after rotation and pixel aspect. */
  width: number | null
  height: number | null
}

export type RenditionProfile = 'THUMBNAIL' | 'GIF' | 'WEBM'
