/** Properties of a stream that decide whether it is chosen, as ffprobe names them. */
interface StreamFacts {
  index: number
  codec_type?: string | undefined
  codec_name?: string | undefined
  width?: number | undefined
  height?: number | undefined
  channels?: number | undefined
  avg_frame_rate?: number | undefined
  disposition?: Record<string, number> | undefined
}

interface StreamChoice<Stream> {
  video: Stream | undefined
  audio: Stream | undefined
  hasCoverPicture: boolean
  hasUnreadableStream: boolean
}

const pictureCodecs = ['mjpeg', 'png', 'bmp', 'webp', 'gif', 'tiff']
/** Dispositions of pictures that belong to a recording, but are not its film. */
const coverDispositions = ['attached_pic', 'timed_thumbnails', 'still_image']
/** Dispositions of streams that comment on others, replace them for some listeners, or cannot be played alone. */
const accessoryDispositions = [
  'comment',
  'descriptions',
  'visual_impaired',
  'hearing_impaired',
  'clean_effects',
  'non_diegetic',
  'dependent',
]

const hasDisposition = ({ disposition = {} }: StreamFacts, names: string[]): boolean =>
  names.some((name) => disposition[name] === 1)

/** True for a picture without a frame rate beside sound: some taggers do not mark a cover picture as one. */
const isUnmarkedCover = (stream: StreamFacts, all: StreamFacts[]): boolean =>
  stream.avg_frame_rate === undefined &&
  pictureCodecs.includes(stream.codec_name ?? '') &&
  all.some((other) => other.codec_type === 'audio')

const hasKnownCodec = (stream: StreamFacts): boolean =>
  stream.codec_name !== undefined && stream.codec_name !== 'unknown'

const countPixels = ({ width = 0, height = 0 }: StreamFacts): number => width * height

/** Chooses as players do: the stream marked as default, then the largest, then the first. Accessories only without others. */
const choose = <Stream extends StreamFacts>(
  streams: Stream[],
  sizeOf: (stream: Stream) => number,
): Stream | undefined => {
  const main = streams.filter((stream) => !hasDisposition(stream, accessoryDispositions))
  const [best] = (main.length > 0 ? main : streams).toSorted(
    (a, b) =>
      Number(hasDisposition(b, ['default'])) - Number(hasDisposition(a, ['default'])) ||
      sizeOf(b) - sizeOf(a) ||
      a.index - b.index,
  )
  return best
}

/**
 * Chooses the streams that represent a recording, of those whose codec is known. `programs` lists the streams of each
 * programme of a broadcast, whose sound must not be that of another programme.
 */
export const chooseStreams = <Stream extends StreamFacts>(
  streams: Stream[],
  programs: number[][],
): StreamChoice<Stream> => {
  const isCover = (stream: Stream): boolean =>
    stream.codec_type === 'video' && (hasDisposition(stream, coverDispositions) || isUnmarkedCover(stream, streams))
  const playable = streams.filter((stream) => hasKnownCodec(stream) && !isCover(stream))
  const video = choose(
    playable.filter((stream) => stream.codec_type === 'video' && countPixels(stream) > 0),
    countPixels,
  )
  // Recent phones add spatial sound in a second stream that no other software can read.
  const sounds = playable.filter((stream) => stream.codec_type === 'audio')
  const program = programs.find((indexes) => video !== undefined && indexes.includes(video.index)) ?? []
  const sameProgram = sounds.filter(({ index }) => program.includes(index))
  return {
    video,
    audio: choose(sameProgram.length > 0 ? sameProgram : sounds, ({ channels = 0 }) => channels),
    hasCoverPicture: streams.some(isCover),
    hasUnreadableStream: streams.some(
      (stream) => ['video', 'audio'].includes(stream.codec_type ?? '') && !hasKnownCodec(stream),
    ),
  }
}
