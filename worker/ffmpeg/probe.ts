import { z } from 'zod'
import type { Binaries } from './binaries.ts'
import { capture } from './exec.ts'
import { decoderRestrictions, fileUrl, PROBE_DEADLINE_MS, restrictions } from './limits.ts'

export type VideoStream = {
  index: number
  codec: string
  /** As displayed: after rotation and pixel aspect. */
  width: number
  height: number
  fps: number | null
  hdr: boolean
  alpha: boolean
}
export type AudioStream = { index: number; codec: string; channels: number }

export type Probe = {
  /** ffprobe's name for the container, `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string
  /** 0 to 100: how sure the container was recognised. */
  confidence: number
  durationSeconds: number | null
  video: VideoStream | null
  audio: AudioStream | null
  coverPicture: boolean
  /** There is a picture or sound stream that ffprobe knows no name for. */
  unreadable: boolean
  /** What ffprobe complained about while it nevertheless answered. Not for anyone's eyes. */
  complaints: string
}

const numeric = z.coerce.number().refine(Number.isFinite).optional().catch(undefined)
const ratio = z
  .string()
  .transform((text) => text.split(/[/:]/).map(Number))
  .transform(([over = 0, under = 1]) => (over > 0 && under > 0 ? over / under : undefined))
  .optional()
  .catch(undefined)

const streamShape = z.object({
  index: z.number(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  width: numeric,
  height: numeric,
  pix_fmt: z.string().optional(),
  sample_aspect_ratio: ratio,
  avg_frame_rate: ratio,
  r_frame_rate: ratio,
  color_transfer: z.string().optional(),
  channels: numeric,
  duration: numeric,
  disposition: z.object({ attached_pic: z.number().optional() }).optional(),
  tags: z.record(z.string(), z.string()).optional().catch(undefined),
  side_data_list: z
    .array(z.object({ rotation: numeric }))
    .optional()
    .catch(undefined),
})

const outputShape = z.object({
  streams: z.array(streamShape).default([]),
  format: z.object({ format_name: z.string(), duration: numeric, probe_score: numeric }),
})

type Stream = z.infer<typeof streamShape>

const PICTURE_CODECS = ['mjpeg', 'png', 'bmp', 'webp', 'gif', 'tiff']
const isCover = (stream: Stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic === 1
/** Some taggers forget to mark it: a picture without a frame rate beside sound. */
const isUnmarkedCover = (stream: Stream, all: Stream[]) =>
  stream.codec_type === 'video' &&
  stream.avg_frame_rate === undefined &&
  PICTURE_CODECS.includes(stream.codec_name ?? '') &&
  all.some((other) => other.codec_type === 'audio')

const known = (stream: Stream) => stream.codec_name !== undefined && stream.codec_name !== 'unknown'

const rotationDegrees = (stream: Stream) =>
  stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? Number(stream.tags?.rotate ?? 0)

const videoStream = (stream: Stream): VideoStream => {
  const width = Math.max(1, Math.round((stream.width ?? 0) * (stream.sample_aspect_ratio ?? 1)))
  const height = stream.height ?? 0
  const onItsSide = Math.abs(Math.round(rotationDegrees(stream) / 90)) % 2 === 1
  return {
    index: stream.index,
    codec: stream.codec_name ?? 'unknown',
    width: onItsSide ? height : width,
    height: onItsSide ? width : height,
    fps: stream.avg_frame_rate ?? stream.r_frame_rate ?? null,
    hdr: ['smpte2084', 'arib-std-b67'].includes(stream.color_transfer ?? ''),
    alpha: /^(rgba|bgra|argb|abgr|ya|yuva|gbrap|pal8)/.test(stream.pix_fmt ?? ''),
  }
}

/** ffprobe's JSON, read once; plain data from here on. */
export const parseProbe = (json: string, complaints = ''): Probe => {
  const { streams, format } = outputShape.parse(JSON.parse(json))
  const covers = streams.filter((stream) => isCover(stream) || isUnmarkedCover(stream, streams))
  const videos = streams.filter((stream) => stream.codec_type === 'video' && !covers.includes(stream))
  const sized = (stream: Stream) => (stream.width ?? 0) > 0 && (stream.height ?? 0) > 0
  const video = videos.find((stream) => known(stream) && sized(stream))
  // Recent telephones add spatial sound in a second stream that nothing else can read.
  const audio = streams.find((stream) => stream.codec_type === 'audio' && known(stream))
  const lengths = [format.duration, video?.duration, audio?.duration].filter((length) => length !== undefined)
  return {
    container: format.format_name,
    confidence: format.probe_score ?? 0,
    durationSeconds: lengths.length > 0 ? Math.max(0, lengths[0] ?? 0) : null,
    video: video ? videoStream(video) : null,
    audio: audio ? { index: audio.index, codec: audio.codec_name ?? 'unknown', channels: audio.channels ?? 2 } : null,
    coverPicture: covers.length > 0,
    unreadable: streams.some((stream) => ['video', 'audio'].includes(stream.codec_type ?? '') && !known(stream)),
    complaints,
  }
}

/** Rejects with a ConversionError where ffprobe cannot read the file. `demuxer` saves it from guessing. */
export const probe = async (
  binaries: Binaries,
  path: string,
  { demuxer, signal }: { demuxer?: string; signal?: AbortSignal } = {},
) => {
  const { stdout, stderr } = await capture(
    binaries.ffprobePath,
    [
      ...['-v', 'error', '-hide_banner', ...restrictions, ...decoderRestrictions],
      ...(demuxer ? ['-f', demuxer] : []),
      ...['-print_format', 'json', '-show_format', '-show_streams', '-i', fileUrl(path)],
    ],
    { signal, deadlineMs: PROBE_DEADLINE_MS },
  )
  return parseProbe(stdout, stderr)
}
