import type { FfmpegProfile } from '../renditionMakers.ts'
import { allParts, type OptionalParts } from './optionalParts.ts'
import type { ConversionSource } from './source.ts'

const listToneMappings = ({ probe, toneMapping }: ConversionSource): OptionalParts['toneMapping'][] =>
  probe.video?.hdr && toneMapping ? ['tagged', 'assumed', 'none'] : ['tagged']

const listSounds = ({ probe }: ConversionSource, profile: FfmpegProfile): OptionalParts['sound'][] => {
  if (!probe.audio || profile === 'GIF' || (profile === 'THUMBNAIL' && probe.video)) return ['mixed']
  return profile === 'WEBM' && probe.video ? ['mixed', 'panned', 'none'] : ['mixed', 'panned']
}

/** Lists the ways to make a rendition, from the best to the one without any optional part. */
export const listWays = (source: ConversionSource, profile: FfmpegProfile): OptionalParts[] => {
  const toneMappings = listToneMappings(source)
  const sounds = listSounds(source, profile)
  const ways = sounds.flatMap((sound) =>
    toneMappings.map((toneMapping): OptionalParts => ({ ...allParts, sound, toneMapping })),
  )
  const last = ways.at(-1) ?? allParts
  return source.probe.video ? [...ways, { ...last, deinterlacing: 'none' }] : ways
}
