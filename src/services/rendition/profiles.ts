import type { MediaKind, RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import type { Job } from '../kernel/jobs.ts'

/** Renditions that each kind of media can have, the fastest to make first. */
const profilesByKind: Record<MediaKind, readonly RenditionProfile[]> = {
  VIDEO: ['THUMBNAIL', 'GIF', 'WEBM'],
  AUDIO: ['THUMBNAIL', 'WEBM'],
  IMAGE: ['THUMBNAIL', 'WEBP'],
  DOCUMENT: [],
  OTHER: [],
}

/** Pictures that the worker decodes and most browsers do not. */
const typesNotShownByBrowsers: ReadonlySet<string> = new Set([
  'image/heic',
  'image/heic-sequence',
  'image/heif',
  'image/heif-sequence',
  'image/tiff',
])

/** Returns the renditions that a file can have. A picture that browsers show needs no copy for them. */
export const profilesOf = ({ kind, mimeType }: { kind: MediaKind; mimeType: string }): readonly RenditionProfile[] =>
  profilesByKind[kind].filter((profile) => profile !== 'WEBP' || typesNotShownByBrowsers.has(mimeType))

/** Job and priority of each profile. Thumbnails come first because users wait for them. */
const jobByProfile: Record<RenditionProfile, { name: 'preview' | 'transcode'; priority: number }> = {
  THUMBNAIL: { name: 'preview', priority: 2 },
  GIF: { name: 'preview', priority: 1 },
  WEBP: { name: 'preview', priority: 1 },
  WEBM: { name: 'transcode', priority: 0 },
}

export const conversionJob = (rendition: { id: string; profile: RenditionProfile; requests: number }): Job => ({
  ...jobByProfile[rendition.profile],
  payload: { renditionId: rendition.id, request: rendition.requests },
})
