import type { Database } from '../kernel/ports.ts'
import { blobKey } from './blobs.ts'
import type { BlobState } from './integrity.ts'

/** File behind a signed URL. */
export interface ServedFile extends BlobState {
  sizeBytes: number
  /** With the parameter `charset` if the encoding is known. */
  mimeType: string
  fileName: string
}

const thumbnailType = 'image/webp'

const extensions: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/png': 'png',
  'image/webp': 'webp',
  'video/webm': 'webm',
  'audio/webm': 'weba',
}

/** Returns the name under which a rendition is saved: the original's, with the extension of the rendition's type. */
export const renditionFileName = (
  originalFileName: string,
  rendition: { profile: string; mimeType: string | null },
): string => {
  const stem = originalFileName.replace(/\.[^.]*$/, '')
  return `${stem}-${rendition.profile.toLowerCase()}.${extensions[rendition.mimeType ?? ''] ?? 'bin'}`
}

/** Returns the name under which a thumbnail is saved. */
export const thumbnailFileName = (originalFileName: string, { width }: { width: number }): string =>
  renditionFileName(originalFileName, { profile: String(width), mimeType: thumbnailType })

const blobQuery = { select: { fault: true, storedAt: true } } as const

const findVersion = async (database: Database, id: string): Promise<ServedFile | null> => {
  const row = await database.mediaVersion.findUnique({
    where: { id, media: { deletedAt: null } },
    include: { blob: blobQuery },
  })
  if (row === null) return null
  const { sha256, charset, originalFileName: fileName } = row
  const mimeType = charset === null ? row.mimeType : `${row.mimeType}; charset=${charset}`
  return { key: blobKey(sha256), sizeBytes: Number(row.sizeBytes), sha256, ...row.blob, mimeType, fileName }
}

const findRendition = async (database: Database, id: string): Promise<ServedFile | null> => {
  const row = await database.rendition.findUnique({
    where: { id, status: 'READY', version: { media: { deletedAt: null } } },
    include: { version: { select: { originalFileName: true } }, blob: blobQuery },
  })
  if (row === null || row.sha256 === null || row.blob === null || row.mimeType === null) return null
  const { sha256, mimeType } = row
  const fileName = renditionFileName(row.version.originalFileName, row)
  return { key: blobKey(sha256), sizeBytes: Number(row.sizeBytes), sha256, ...row.blob, mimeType, fileName }
}

const findThumbnail = async (database: Database, id: string): Promise<ServedFile | null> => {
  const row = await database.thumbnail.findUnique({
    where: { id, version: { media: { deletedAt: null } } },
    include: { version: { select: { originalFileName: true } }, blob: blobQuery },
  })
  if (row === null) return null
  const { sha256 } = row
  const fileName = thumbnailFileName(row.version.originalFileName, row)
  const key = blobKey(sha256)
  return { key, sizeBytes: Number(row.sizeBytes), sha256, ...row.blob, mimeType: thumbnailType, fileName }
}

/** Types of files that have signed URLs: their folder in the URL, and their lookup; null for a file not to be served. */
export const fileTargets = {
  version: { folder: 'versions', find: findVersion },
  rendition: { folder: 'renditions', find: findRendition },
  thumbnail: { folder: 'thumbnails', find: findThumbnail },
} as const satisfies Record<
  string,
  { folder: string; find(database: Database, id: string): Promise<ServedFile | null> }
>

export interface FileTarget {
  type: keyof typeof fileTargets
  id: string
}

/** Looks up the file at every request, so that trashed media become inaccessible at once. */
export type FindFile = (target: FileTarget) => Promise<ServedFile | null>

export const createFindFile =
  (database: Database): FindFile =>
  ({ type, id }) =>
    fileTargets[type].find(database, id)
