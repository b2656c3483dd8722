import type { Database } from '../kernel/ports.ts'
import { blobKey } from './blobs.ts'
import type { DeliveryTarget } from './signedUrls.ts'

/** What lies behind a signed URL. */
export interface Deliverable {
  key: string
  sizeBytes: number
  sha256: string
  mimeType: string
  fileName: string
}

/** Looks it up at every request, so that what was trashed is gone at once. */
export type FindDeliverable = (target: DeliveryTarget) => Promise<Deliverable | null>

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

export const createFindDeliverable = (database: Database): FindDeliverable => {
  const version = async (id: string): Promise<Deliverable | null> => {
    const found = await database.mediaVersion.findUnique({ where: { id, media: { deletedAt: null } } })
    if (found === null) return null
    const { sha256, mimeType, originalFileName: fileName } = found
    return { key: blobKey(sha256), sizeBytes: Number(found.sizeBytes), sha256, mimeType, fileName }
  }

  const rendition = async (id: string): Promise<Deliverable | null> => {
    const found = await database.rendition.findUnique({
      where: { id, status: 'READY', version: { media: { deletedAt: null } } },
      include: { version: { select: { originalFileName: true } } },
    })
    if (found === null || found.sha256 === null || found.mimeType === null) return null
    const { sha256, mimeType } = found
    const fileName = renditionFileName(found.version.originalFileName, found)
    return { key: blobKey(sha256), sizeBytes: Number(found.sizeBytes), sha256, mimeType, fileName }
  }

  return (target) => (target.type === 'version' ? version(target.id) : rendition(target.id))
}
