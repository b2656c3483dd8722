import type { MediaKind, MediaStatus, RenditionProfile, RenditionStatus } from '../../api/generated/documents.ts'
import type { MediaDetail } from '../../data/media.ts'
import type { Version } from '../../data/versions.ts'

/** A media or one of its versions, as far as a viewer has to know it. */
export interface Viewable {
  /** Changes with the bytes. */
  versionId: string
  title: string
  altText: string | null
  kind: MediaKind
  mimeType: string
  status: MediaStatus
  url: string
  thumbnail: string | null
  width: number | null
  height: number | null
  durationSeconds: number | null
  renditions: readonly {
    profile: RenditionProfile
    status: RenditionStatus
    url: string | null
    mimeType: string | null
  }[]
}

export interface Source {
  profile: RenditionProfile | 'ORIGINAL'
  url: string
}

export type Viewer = 'player' | 'image' | 'pdf' | 'text' | 'none'

/** Types of images that the server delivers to be shown. */
const shownImages = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif']
const textTypes = /^(text\/(?!rtf)|application\/(json|xml|yaml|x-yaml|x-subrip)$)/

const urlOf = ({ renditions }: Viewable, profile: RenditionProfile): string | null =>
  renditions.find((one) => one.profile === profile && one.status === 'READY')?.url ?? null

/** Files to play, the best for browsers first. `canPlay` says whether the browser knows a type. */
export const toSources = (media: Viewable, canPlay: (mimeType: string) => boolean): Source[] => {
  const webm = urlOf(media, 'WEBM')
  return [
    ...(webm === null ? [] : [{ profile: 'WEBM' as const, url: webm }]),
    ...(canPlay(media.mimeType) ? [{ profile: 'ORIGINAL' as const, url: media.url }] : []),
  ]
}

/** Address of a picture that browsers can show; null without one. */
export const toImageUrl = (media: Viewable): string | null =>
  shownImages.includes(media.mimeType) ? media.url : (urlOf(media, 'WEBP') ?? media.thumbnail)

/** Viewer for the type of a file. */
export const toViewer = (media: Viewable): Viewer => {
  if (media.status !== 'READY') return 'none'
  if (media.kind === 'VIDEO' || media.kind === 'AUDIO') return 'player'
  if (media.kind === 'IMAGE') return toImageUrl(media) === null ? 'none' : 'image'
  if (media.mimeType === 'application/pdf') return 'pdf'
  return textTypes.test(media.mimeType) ? 'text' : 'none'
}

/** The current version of a media, for a viewer. */
export const mediaToView = (media: MediaDetail): Viewable => ({ ...media, versionId: media.currentVersion.id })

/** Any version of a media, for a viewer. */
export const versionToView = (media: MediaDetail, version: Version, title: string): Viewable => ({
  ...version,
  versionId: version.id,
  title,
  altText: media.altText,
  thumbnail: version.thumbnailUrl,
})
