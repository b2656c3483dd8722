import type { VideoStream } from '../probe.ts'
import type { Size } from '../profiles.ts'
import type { ConversionSource } from './source.ts'

export const createScaleFilter = ({ width, height }: Size, flags: 'bicubic' | 'lanczos'): string =>
  `scale=${width}:${height}:flags=${flags},setsar=1`

/** Maps high dynamic range to standard range; without the mapping it looks grey and washed out. */
const toneMapFilter =
  'zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p'

export const createPictureFilter = (source: ConversionSource, video: VideoStream, size: Size): string =>
  [createScaleFilter(size, 'bicubic'), ...(video.hdr && source.toneMapping ? [toneMapFilter] : [])].join(',')
