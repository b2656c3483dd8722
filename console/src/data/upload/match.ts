import type { OpenUpload } from './openUploads.ts'

/** Facts of a file that the browser knows without reading it. */
export type FileFacts = Pick<File, 'name' | 'size' | 'lastModified'>

/** How a chosen file relates to an open upload. `probable`: only name and size are known, and they agree. */
export type Match = 'other' | 'changed' | 'same' | 'probable' | 'undecided'

interface Knowledge {
  /** Time of the last change of the file when its upload began; null if this browser did not begin it. */
  lastModified: number | null
  /** SHA-256 of the chosen file; null if it is not computed yet. */
  sha256: string | null
}

/** The server cleans names: it drops control and direction marks, and makes white space single blanks. */
const cleanName = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()

/**
 * Whether a file that is added like a new one may continue an open upload, as far as name and size say. One that replaces
 * the file of a media, which exists already, never gets the bytes of a new media.
 */
export const mayContinue = ({ name, size }: FileFacts, { fileName, sizeBytes, media }: OpenUpload): boolean =>
  media === null && size === sizeBytes && cleanName(name) === cleanName(fileName)

/**
 * Compares a chosen file with an open upload. `undecided` means that its SHA-256 has to be computed. Without a digest in
 * the upload, the time of the last change decides, if this browser remembers it.
 */
export const matchFile = (file: FileFacts, upload: OpenUpload, { lastModified, sha256 }: Knowledge): Match => {
  if (cleanName(file.name) !== cleanName(upload.fileName)) return 'other'
  if (file.size !== upload.sizeBytes) return 'changed'
  if (upload.sha256 !== null) {
    if (sha256 === null) return 'undecided'
    return sha256 === upload.sha256 ? 'same' : 'changed'
  }
  if (lastModified === null) return 'probable'
  return lastModified === file.lastModified ? 'same' : 'changed'
}
