import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import { profilesOf } from '../../src/services/rendition/profiles.ts'

/** Selects the renditions that a file can have. A picture without a size was not decoded, so it has none. */
export const selectProfiles = (
  mediaInfo: Pick<MediaInfo, 'kind' | 'mimeType' | 'width'>,
): readonly RenditionProfile[] => {
  if (mediaInfo.kind === 'IMAGE' && mediaInfo.width === null) return []
  return profilesOf(mediaInfo)
}

export interface Size {
  width: number
  height: number
}

const toEven = (length: number): number => Math.max(2, 2 * Math.floor(length / 2))

const scaleSize = ({ width, height }: Size, factor: number): Size => ({
  width: Math.max(1, Math.round(width * factor)),
  height: Math.max(1, Math.round(height * factor)),
})

/** Scales a size down to a maximum width and keeps its aspect ratio. Never enlarges it. */
export const fitWidth = (size: Size, width: number): Size => scaleSize(size, Math.min(1, width / size.width))

/**
 * Scales a size down into a box of `longSide` × `shortSide` and keeps its aspect ratio. The box is turned like the
 * picture: 1280 × 720 holds 720 × 1280 as well. Never enlarges it.
 */
export const fitBox = (size: Size, box: { longSide: number; shortSide: number }): Size => {
  const longSide = Math.max(size.width, size.height)
  const shortSide = Math.min(size.width, size.height)
  return scaleSize(size, Math.min(1, box.longSide / longSide, box.shortSide / shortSide))
}

/** Rounds to even sides, since chroma is stored only for every second pixel. Rounds down to never enlarge, except 1 to 2. */
export const toEvenSize = ({ width, height }: Size): Size => ({ width: toEven(width), height: toEven(height) })
