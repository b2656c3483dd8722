import type { Database } from '../kernel/ports.ts'
import { blobKey } from './blobs.ts'
import type { FileTarget } from './signedUrls.ts'

/** What lies behind a signed URL. */
export interface ServedFile {
  key: string
  sizeBytes: number
  sha256: string
  mimeType: string
  fileName: string
}

/** Looks it up at every request, so that what was trashed is gone at once. */
export type FindFile = (target: FileTarget) => Promise<ServedFile | null>

const extensions: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/png': 'png',
  'video/webm': 'webm',
  'audio/webm': 'weba',
}

/** The name under which a rendition is saved: the original's, with the ending of its own type. */
export const renditionFileName = (
  originalFileName: string,
  rendition: { profile: string; mimeType: string | null },
): string => {
  const stem = originalFileName.replace(/\.[^.]*$/, '')
  return `${stem}-${rendition.profile.toLowerCase()}.${extensions[rendition.mimeType ?? ''] ?? 'bin'}`
}

export const createFindFile = (database: Database): FindFile => {
  const findVersion = async (id: string): Promise<ServedFile | null> => {
    const row = await database.mediaVersion.findUnique({ where: { id, media: { deletedAt: null } } })
    if (row === null) return null
    const { sha256, mimeType, originalFileName: fileName } = row
    return { key: blobKey(sha256), sizeBytes: Number(row.sizeBytes), sha256, mimeType, fileName }
  }

  const findRendition = async (id: string): Promise<ServedFile | null> => {
    const row = await database.rendition.findUnique({
      where: { id, status: 'READY', version: { media: { deletedAt: null } } },
      include: { version: { select: { originalFileName: true } } },
    })
    if (row === null || row.sha256 === null || row.mimeType === null) return null
    const { sha256, mimeType } = row
    const fileName = renditionFileName(row.version.originalFileName, row)
    return { key: blobKey(sha256), sizeBytes: Number(row.sizeBytes), sha256, mimeType, fileName }
  }

  return (target) => (target.type === 'version' ? findVersion(target.id) : findRendition(target.id))
}
