import type { ThumbnailWidth } from '../services/rendition/thumbnailWidths.ts'
import { renditionFileName, thumbnailFileName } from '../services/storage/findFile.ts'
import type { SignedUrls } from '../services/storage/signedUrls.ts'
import type { builder } from './builder.ts'

type ArgumentBuilder = Parameters<Parameters<typeof builder.queryField>[1]>[0]['arg']

export const expiresInSecondsArg = (arg: ArgumentBuilder) =>
  arg.int({
    required: false,
    extensions: { dependsOnTime: true },
    description:
      'Minimum remaining lifetime of the URL in seconds: 60 to 604,800 (7 days). The default is 3,600. The URL is valid for at most twice as long.',
  })

interface NamedRendition {
  id: string
  profile: string
  status: string
  mimeType: string | null
}

/** Columns that the URL of a rendition is built from. */
export const namedRenditionSelect = { id: true, profile: true, status: true, mimeType: true } as const

/** Query for renditions. All fields use the same one, so that a single load serves them all. */
export const renditionsQuery = { orderBy: { profile: 'asc' } } as const

/** Columns that the URL of a version's thumbnail is built from. */
export const thumbnailSelect = {
  originalFileName: true,
  renditions: { ...renditionsQuery, select: namedRenditionSelect },
} as const

/** Columns that the URLs of a version's thumbnails are built from. All widths use the same ones, so that one load serves them. */
export const thumbnailsSelect = {
  originalFileName: true,
  thumbnails: { orderBy: { width: 'asc' }, select: { id: true, width: true } },
} as const

/** Returns null until the rendition is READY. */
export const renditionUrl = (
  signedUrls: SignedUrls,
  originalFileName: string,
  rendition: NamedRendition,
  lifetimeSeconds: number | null | undefined,
): string | null => {
  if (rendition.status !== 'READY') return null
  const fileName = renditionFileName(originalFileName, rendition)
  return signedUrls.url({ type: 'rendition', id: rendition.id, fileName }, lifetimeSeconds)
}

export const thumbnailUrl = (
  signedUrls: SignedUrls,
  { originalFileName, renditions }: { originalFileName: string; renditions: NamedRendition[] },
  lifetimeSeconds: number | null | undefined,
): string | null => {
  const thumbnail = renditions.find(({ profile }) => profile === 'THUMBNAIL')
  return thumbnail === undefined ? null : renditionUrl(signedUrls, originalFileName, thumbnail, lifetimeSeconds)
}

/** Returns the URL of the thumbnail in one width; null until one exists. */
export const thumbnailUrlOf = (
  signedUrls: SignedUrls,
  { originalFileName, thumbnails }: { originalFileName: string; thumbnails: { id: string; width: number }[] },
  { width, expiresInSeconds }: { width: ThumbnailWidth; expiresInSeconds?: number | null },
): string | null => {
  const thumbnail = thumbnails.find((candidate) => candidate.width === width)
  if (thumbnail === undefined) return null
  const fileName = thumbnailFileName(originalFileName, thumbnail)
  return signedUrls.url({ type: 'thumbnail', id: thumbnail.id, fileName }, expiresInSeconds)
}
