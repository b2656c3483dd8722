import { z } from 'zod'
import type { FfmpegBinaries } from './binaries.ts'
import { execTool } from './exec.ts'
import { decoderRestrictions, inputRestrictions, probeTimeoutMs, toFileUrl } from './limits.ts'
import { chooseStreams } from './streamChoice.ts'

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
  disposition: z.record(z.string(), z.number()).optional(),
  tags: z.record(z.string(), z.string()).optional().catch(undefined),
  side_data_list: z
    .array(z.object({ rotation: numeric }))
    .optional()
    .catch(undefined),
})

const outputShape = z.object({
  streams: z.array(streamShape).default([]),
  programs: z.array(z.object({ streams: z.array(z.object({ index: z.number() })).default([]) })).default([]),
  format: z.object({ format_name: z.string(), duration: numeric, probe_score: numeric }),
})

type RawStream = z.infer<typeof streamShape>

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

/** Parses and validates ffprobe's JSON; all other code uses plain data. */
export const parseProbe = (json: string, warnings: string): Probe => {
  const { streams, programs, format } = outputShape.parse(JSON.parse(json))
  const { video, audio, hasCoverPicture, hasUnreadableStream } = chooseStreams(
    streams,
    programs.map((program) => program.streams.map(({ index }) => index)),
  )
  const durations = [format.duration, video?.duration, audio?.duration].filter((duration) => duration !== undefined)
  return {
    container: format.format_name,
    confidence: format.probe_score ?? 0,
    durationSeconds: durations.length > 0 ? Math.max(0, durations[0] ?? 0) : null,
    video: video ? toVideoStream(video) : null,
    audio: audio ? { index: audio.index, codec: audio.codec_name ?? 'unknown', channels: audio.channels ?? 2 } : null,
    hasCoverPicture,
    hasUnreadableStream,
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
      // Without the tags of the file, which may hold a comment or a text of many megabytes.
      ...['-print_format', 'json', '-show_entries', 'format=format_name,duration,probe_score'],
      ...['-show_streams', '-show_programs', '-i', toFileUrl(path)],
    ],
    { signal, timeoutMs: probeTimeoutMs },
  )
  return parseProbe(stdout, stderr)
}
