import type { Readable } from 'node:stream'
import type { MediaKind } from '../../../prisma/generated/client/enums.ts'

/** So many of the first bytes are looked at: behind a picture of its cover, music begins late. */
export const maxSniffBytes = 1024 * 1024

/** Reads the type from a file's first bytes; null where they say nothing. */
export type FileSniffer = (bytes: Readable) => Promise<string | null>

export interface FileType {
  kind: MediaKind
  mimeType: string
}

const documentTypes =
  /^(text\/|application\/(pdf|rtf|epub\+zip|json|msword|vnd\.(openxmlformats-officedocument|oasis\.opendocument|ms-)))/

export const kindOf = (mimeType: string): MediaKind => {
  if (mimeType === 'image/svg+xml') return 'DOCUMENT' // a program in XML clothes, never shown as a picture
  if (mimeType.startsWith('video/')) return 'VIDEO'
  if (mimeType.startsWith('audio/')) return 'AUDIO'
  if (mimeType.startsWith('image/')) return 'IMAGE'
  return documentTypes.test(mimeType) ? 'DOCUMENT' : 'OTHER'
}

/** The best guess until the bytes were examined: what they look like. A declared type alone proves nothing. */
export const guessType = (sniffedType: string | null): FileType => {
  const mimeType = sniffedType ?? 'application/octet-stream'
  return { kind: kindOf(mimeType), mimeType }
}
