import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import { profilesByKind } from '../../src/services/rendition/profiles.ts'
import { imageDemuxers } from './classify.ts'

/** Which renditions a file can have. Pictures that only browsers can read have none. */
export const selectProfiles = (mediaInfo: Pick<MediaInfo, 'kind' | 'mimeType'>): readonly RenditionProfile[] => {
  if (mediaInfo.kind === 'IMAGE' && !imageDemuxers[mediaInfo.mimeType]) return []
  return profilesByKind[mediaInfo.kind]
}

export type Size = { width: number; height: number }

const toEven = (length: number) => Math.max(2, 2 * Math.floor(length / 2))

const scaleSize = ({ width, height }: Size, factor: number): Size => ({
  width: Math.max(1, Math.round(width * factor)),
  height: Math.max(1, Math.round(height * factor)),
})

/** Same shape, at most so wide, never larger than it was. */
export const fitWidth = (size: Size, width: number) => scaleSize(size, Math.min(1, width / size.width))

/** Same shape inside width × height, lying or standing as the picture does: 1280×720 holds 720×1280 as well. */
export const fitBox = (size: Size, width: number, height: number) => {
  const longSide = Math.max(size.width, size.height)
  const shortSide = Math.min(size.width, size.height)
  return scaleSize(size, Math.min(1, width / longSide, height / shortSide))
}

/** Chroma is stored for every second pixel only. Rounded down, so that nothing grows, except from 1 to 2. */
export const toEvenSize = ({ width, height }: Size): Size => ({ width: toEven(width), height: toEven(height) })
