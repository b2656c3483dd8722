import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { Facts } from '../../src/services/kernel/mediaInfo.ts'
import { profilesOf } from '../../src/services/rendition/profiles.ts'
import { IMAGE_DEMUXERS } from './classify.ts'

/** Which renditions a file can have. Pictures that only browsers can read have none. */
export const fits = (facts: Pick<Facts, 'kind' | 'mimeType'>): readonly RenditionProfile[] => {
  if (facts.kind === 'IMAGE' && !IMAGE_DEMUXERS[facts.mimeType]) return []
  return profilesOf[facts.kind]
}

export type Size = { width: number; height: number }

const even = (length: number) => Math.max(2, 2 * Math.floor(length / 2))

const scaled = ({ width, height }: Size, factor: number): Size => ({
  width: Math.max(1, Math.round(width * factor)),
  height: Math.max(1, Math.round(height * factor)),
})

/** Same shape, at most so wide, never larger than it was. */
export const fitWidth = (size: Size, width: number) => scaled(size, Math.min(1, width / size.width))

/** Same shape inside width × height, lying or standing as the picture does: 1280×720 holds 720×1280 as well. */
export const fitBox = (size: Size, width: number, height: number) => {
  const long = Math.max(size.width, size.height)
  const short = Math.min(size.width, size.height)
  return scaled(size, Math.min(1, width / long, height / short))
}

/** Chroma is stored for every second pixel only. Rounded down, so that nothing grows, except from 1 to 2. */
export const evened = ({ width, height }: Size): Size => ({ width: even(width), height: even(height) })
