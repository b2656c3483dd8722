import { z } from 'zod'
import type { FfmpegBinaries } from './binaries.ts'
import { execTool } from './exec.ts'
import { decoderRestrictions, inputRestrictions, probeTimeoutMs, toFileUrl } from './limits.ts'

export interface VideoStream {
  index: number
  codec: string
  /** Width and height as displayed: after rotation and pixel aspect ratio. */
  width: number
  height: number
  fps: number | null
  hdr: boolean
  alpha: boolean
}

export interface AudioStream {
  index: number
  codec: string
  channels: number
}

export interface Probe {
  /** ffprobe's name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string
  /** Certainty with which ffprobe recognised the container, 0 to 100. */
  confidence: number
  durationSeconds: number | null
  video: VideoStream | null
  audio: AudioStream | null
  hasCoverPicture: boolean
  /** True if there is a picture or sound stream whose codec ffprobe does not know. */
  hasUnreadableStream: boolean
  /** Errors that ffprobe printed although it succeeded. Never shown to anyone. */
  warnings: string
}

const numeric = z.coerce.number().refine(Number.isFinite).optional().catch(undefined)
const ratio = z
  .string()
  .transform((text) => text.split(/[/:]/).map(Number))
  .transform(([numerator = 0, denominator = 1]) =>
    numerator > 0 && denominator > 0 ? numerator / denominator : undefined,
  )
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

type RawStream = z.infer<typeof streamShape>

const pictureCodecs = ['mjpeg', 'png', 'bmp', 'webp', 'gif', 'tiff']
const isCover = (stream: RawStream): boolean => stream.codec_type === 'video' && stream.disposition?.attached_pic === 1
/** True for a picture without a frame rate beside sound: some taggers do not mark a cover picture as one. */
const isUnmarkedCover = (stream: RawStream, all: RawStream[]): boolean =>
  stream.codec_type === 'video' &&
  stream.avg_frame_rate === undefined &&
  pictureCodecs.includes(stream.codec_name ?? '') &&
  all.some((other) => other.codec_type === 'audio')

const hasKnownCodec = (stream: RawStream): boolean => stream.codec_name !== undefined && stream.codec_name !== 'unknown'

const readRotationDegrees = (stream: RawStream): number =>
  stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? Number(stream.tags?.rotate ?? 0)

const toVideoStream = (stream: RawStream): VideoStream => {
  const width = Math.max(1, Math.round((stream.width ?? 0) * (stream.sample_aspect_ratio ?? 1)))
  const height = stream.height ?? 0
  const isSideways = Math.abs(Math.round(readRotationDegrees(stream) / 90)) % 2 === 1
  return {
    index: stream.index,
    codec: stream.codec_name ?? 'unknown',
    width: isSideways ? height : width,
    height: isSideways ? width : height,
    fps: stream.avg_frame_rate ?? stream.r_frame_rate ?? null,
    hdr: ['smpte2084', 'arib-std-b67'].includes(stream.color_transfer ?? ''),
    alpha: /^(rgba|bgra|argb|abgr|ya|yuva|gbrap|pal8)/.test(stream.pix_fmt ?? ''),
  }
}

const hasSize = (stream: RawStream): boolean => (stream.width ?? 0) > 0 && (stream.height ?? 0) > 0

/** Parses and validates ffprobe's JSON; all other code uses plain data. */
export const parseProbe = (json: string, warnings: string): Probe => {
  const { streams, format } = outputShape.parse(JSON.parse(json))
  const covers = streams.filter((stream) => isCover(stream) || isUnmarkedCover(stream, streams))
  const videos = streams.filter((stream) => stream.codec_type === 'video' && !covers.includes(stream))
  const video = videos.find((stream) => hasKnownCodec(stream) && hasSize(stream))
  // Recent phones add spatial sound in a second stream that no other software can read.
  const audio = streams.find((stream) => stream.codec_type === 'audio' && hasKnownCodec(stream))
  const durations = [format.duration, video?.duration, audio?.duration].filter((duration) => duration !== undefined)
  return {
    container: format.format_name,
    confidence: format.probe_score ?? 0,
    durationSeconds: durations.length > 0 ? Math.max(0, durations[0] ?? 0) : null,
    video: video ? toVideoStream(video) : null,
    audio: audio ? { index: audio.index, codec: audio.codec_name ?? 'unknown', channels: audio.channels ?? 2 } : null,
    hasCoverPicture: covers.length > 0,
    hasUnreadableStream: streams.some(
      (stream) => ['video', 'audio'].includes(stream.codec_type ?? '') && !hasKnownCodec(stream),
    ),
    warnings,
  }
}

export interface ProbeOptions {
  demuxer?: string
  signal?: AbortSignal
}

/** Probes a file. Rejects with a ConversionError if ffprobe cannot read it. A given `demuxer` is used without guessing. */
export const probe = async (
  binaries: FfmpegBinaries,
  path: string,
  { demuxer, signal }: ProbeOptions = {},
): Promise<Probe> => {
  const { stdout, stderr } = await execTool(
    binaries.ffprobePath,
    [
      ...['-v', 'error', '-hide_banner', ...inputRestrictions, ...decoderRestrictions],
      ...(demuxer ? ['-f', demuxer] : []),
      ...['-print_format', 'json', '-show_format', '-show_streams', '-i', toFileUrl(path)],
    ],
    { signal, timeoutMs: probeTimeoutMs },
  )
  return parseProbe(stdout, stderr)
}
