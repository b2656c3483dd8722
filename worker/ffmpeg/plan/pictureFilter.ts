import type { VideoStream } from '../probe.ts'
import { type Size, toEvenSize } from '../profiles.ts'
import { allParts } from './optionalParts.ts'
import type { ConversionSource } from './source.ts'

export const createScaleFilter = ({ width, height }: Size, flags: 'bicubic' | 'lanczos'): string =>
  `scale=${width}:${height}:flags=${flags},setsar=1`

const assumedColours = 'setparams=color_primaries=bt2020:colorspace=bt2020nc,'

/** Maps high dynamic range to standard range; without the mapping it looks grey and washed out. */
const toneMapFilter =
  'zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p'

const createToneMapFilters = ({ parts = allParts }: ConversionSource): string[] => {
  switch (parts.toneMapping) {
    case 'tagged':
      return [toneMapFilter]
    case 'assumed':
      return [assumedColours + toneMapFilter]
    case 'none':
      return []
  }
}

export const createPictureFilter = (source: ConversionSource, video: VideoStream, size: Size): string => {
  const toneMapFilters = video.hdr && source.toneMapping ? createToneMapFilters(source) : []
  // The tone mapper refuses odd sides.
  const scaledSize = toneMapFilters.length > 0 ? toEvenSize(size) : size
  return [createScaleFilter(scaledSize, 'bicubic'), ...toneMapFilters].join(',')
}

/** The deinterlacer refuses pictures of fewer lines. */
const minInterlacedSide = 4

/**
 * Joins the fields of interlaced pictures, and passes all other pictures on. It stands first, since it compares each
 * picture with its neighbours. Ends with a comma unless it is empty.
 */
export const createDeinterlaceFilter = (
  { parts = allParts }: ConversionSource,
  { width, height }: VideoStream,
): string =>
  parts.deinterlacing === 'none' || Math.min(width, height) < minInterlacedSide
    ? ''
    : 'bwdif=mode=send_frame:parity=auto:deint=interlaced,'
