import type { Readable } from 'node:stream'
import type { MediaKind } from '../../../prisma/generated/client/enums.ts'

/** Number of leading bytes that are examined: in music with cover art, the audio begins late. */
export const maxSniffBytes = 1024 * 1024

/** Detects the type from a file's first bytes; resolves to null if they are not recognised. */
export type FileSniffer = (bytes: Readable) => Promise<string | null>

export interface FileType {
  kind: MediaKind
  mimeType: string
}

const documentTypes =
  /^(text\/|application\/(pdf|rtf|epub\+zip|json|msword|vnd\.(openxmlformats-officedocument|oasis\.opendocument|ms-)))/

const kindOf = (mimeType: string): MediaKind => {
  if (mimeType.startsWith('video/')) return 'VIDEO'
  if (mimeType.startsWith('audio/')) return 'AUDIO'
  if (mimeType.startsWith('image/')) return 'IMAGE'
  return documentTypes.test(mimeType) ? 'DOCUMENT' : 'OTHER'
}

/** Returns the best guess until the bytes are examined: the sniffed type. A declared type alone proves nothing. */
export const guessType = (sniffedType: string | null): FileType => {
  const mimeType = sniffedType ?? 'application/octet-stream'
  return { kind: kindOf(mimeType), mimeType }
}
