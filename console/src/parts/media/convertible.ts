import type { RenditionProfile } from '../../api/generated/documents.ts'
import type { MediaDetail } from '../../data/media.ts'

/** Types of images that browsers cannot show, of which the server makes a WEBP rendition. */
const foreignImages = /^image\/(heic|heif|tiff)/

const profilesOf = ({ kind, mimeType }: MediaDetail): RenditionProfile[] => {
  if (kind === 'VIDEO') return ['THUMBNAIL', 'WEBM', 'GIF']
  if (kind === 'AUDIO') return ['THUMBNAIL', 'WEBM']
  if (kind === 'IMAGE') return foreignImages.test(mimeType) ? ['THUMBNAIL', 'WEBP'] : ['THUMBNAIL']
  return []
}

/** Renditions that suit a media and that were not asked for yet. */
export const missingProfiles = (media: MediaDetail): RenditionProfile[] =>
  media.status === 'READY'
    ? profilesOf(media).filter((profile) => media.renditions.every((one) => one.profile !== profile))
    : []
