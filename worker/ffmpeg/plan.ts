import { join } from 'node:path'
import type { Facts } from '../../src/services/kernel/mediaInfo.ts'
import { IMAGE_DEMUXERS } from './classify.ts'
import { decoderRestrictions, fileUrl, MAX_DURATION_SECONDS, restrictions } from './limits.ts'
import type { Orientation } from './orientation.ts'
import { JUDGED, type Looking } from './posterFrame.ts'
import type { AudioStream, Probe, VideoStream } from './probe.ts'
import { evened, fitBox, fitWidth, type Size } from './profiles.ts'
import type { Pass } from './run.ts'

/** Everything that a plan depends on. */
export type Source = {
  inputPath: string
  workspacePath: string
  facts: Facts
  probe: Probe
  orientation: Orientation
  cores: number
  /** See Binaries. */
  toneMapping: boolean
}

const THUMBNAIL_WIDTH = 640
const GIF = { width: 480, fps: 12, seconds: 6 }
const WEBM = { long: 1280, short: 720, maxFps: 60, keyframeFrames: 240 }
const WAVE = { width: 640, height: 180, background: '0x0f172a', wave: '0x38bdf8' }
const MAX_WAVE_SAMPLES = 40_000_000

const QUICK_DEADLINE_MS = 3 * 60_000
/** VP9 on a slow machine: a fraction of real time, never less than a twentieth. */
const webmDeadlineMs = (seconds: number) => 10 * 60_000 + seconds * 20_000

const quiet = ['-v', 'error']
const noMetadata = ['-map_metadata', '-1', '-map_chapters', '-1', '-dn', '-sn']
const reading = (source: Source, ...more: string[]) => [
  ...quiet,
  ...restrictions,
  ...decoderRestrictions,
  ...['-threads', String(source.cores)],
  ...more,
]

const scale = ({ width, height }: Size, flags = 'bicubic') => `scale=${width}:${height}:flags=${flags},setsar=1`

/** High dynamic range shown as if it were standard looks grey and washed out. */
const toneMap =
  'zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p'

const pictured = (source: Source, video: VideoStream, size: Size) =>
  [scale(size), ...(video.hdr && source.toneMapping ? [toneMap] : [])].join(',')

export type LookPass = { pass: Pass; picturePath: (frame: number) => string; greyPath: string }

const lookPass = (source: Source, video: VideoStream, name: string, seek: string[], sample: string, frames: number) => {
  const size = fitWidth(video, THUMBNAIL_WIDTH)
  const greyPath = join(source.workspacePath, `${name}.grey`)
  const judged = `scale=${JUDGED.width}:${JUDGED.height}:flags=area,format=gray`
  const graph = `[0:${video.index}]${sample}${pictured(source, video, size)},split[picture][small];[small]${judged}[grey]`
  const count = ['-frames:v', String(frames)]
  const pass: Pass = {
    inputOptions: reading(source, ...seek),
    input: fileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', graph, '-map', '[picture]', ...count, ...noMetadata],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', '-f', 'image2'],
      ...['-y', fileUrl(join(source.workspacePath, `${name}-%d.jpg`))],
      ...['-map', '[grey]', ...count, '-f', 'rawvideo'],
    ],
    output: fileUrl(greyPath),
    expectedSeconds: null,
    deadlineMs: QUICK_DEADLINE_MS,
  }
  return { pass, greyPath, picturePath: (frame: number) => join(source.workspacePath, `${name}-${frame + 1}.jpg`) }
}

/** The keyframe before a point: seeking and decoding one picture, wherever in however long a file. */
export const planKeyframe = (source: Source, video: VideoStream, atSeconds: number, name: string): LookPass =>
  lookPass(
    source,
    video,
    name,
    ['-skip_frame', 'nokey', '-noaccurate_seek', '-ss', atSeconds.toFixed(3)],
    // A keyframe's time lies before the point: below zero after seeking.
    'setpts=PTS-STARTPTS,',
    1,
  )

export const planWindow = (
  source: Source,
  video: VideoStream,
  { durationSeconds, frames }: Extract<Looking, { type: 'window' }>,
): LookPass =>
  lookPass(
    source,
    video,
    'window',
    ['-t', durationSeconds.toFixed(3)],
    `fps=${(frames / durationSeconds).toFixed(4)},`,
    frames,
  )

/** Up to six seconds around the moment, from one decode: the palette is made from the very frames that use it. */
export const planGif = (source: Source, video: VideoStream, momentSeconds: number) => {
  const length = source.facts.durationSeconds ?? GIF.seconds
  const seconds = Math.max(0.1, Math.min(GIF.seconds, length))
  const start = Math.max(0, Math.min(momentSeconds, length - GIF.seconds))
  const size = evened(fitWidth(video, GIF.width))
  const fps = Math.min(GIF.fps, video.fps ?? GIF.fps)
  const frames =
    `[0:${video.index}]setpts=PTS-STARTPTS,fps=${fps.toFixed(4)},trim=duration=${seconds.toFixed(3)},` +
    `${pictured(source, video, size)},split[frames][all]`
  const palette = '[all]palettegen[palette]'
  const dithered = '[frames][palette]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle'
  const outputPath = join(source.workspacePath, 'moment.gif')
  const pass: Pass = {
    inputOptions: reading(source, '-ss', start.toFixed(3), '-t', (seconds + 1).toFixed(3)),
    input: fileUrl(source.inputPath),
    outputOptions: [
      '-filter_complex',
      `${frames};${palette};${dithered}`,
      ...noMetadata,
      '-an',
      '-loop',
      '0',
      '-f',
      'gif',
    ],
    output: fileUrl(outputPath),
    expectedSeconds: seconds,
    deadlineMs: QUICK_DEADLINE_MS,
  }
  return { pass, outputPath, mimeType: 'image/gif', size }
}

const opus = (audio: AudioStream) => [
  ...['-map', `0:${audio.index}`, '-c:a', 'libopus', '-vbr', 'on'],
  // More than two channels: libopus refuses some layouts that are common in AAC.
  ...(audio.channels === 1 ? ['-ac', '1', '-b:a', '64k'] : ['-ac', '2', '-b:a', '96k']),
  ...['-ar', '48000'],
]

const tileColumns = (width: number) => (width >= 1024 ? 2 : width >= 512 ? 1 : 0)

const vp9 = (source: Source, video: VideoStream, size: Size) => {
  const filters = [
    ...((video.fps ?? 0) > WEBM.maxFps ? [`fps=${WEBM.maxFps}`] : []),
    pictured(source, video, size),
    'format=yuv420p',
  ].join(',')
  return [
    ...['-map', `0:${video.index}`, '-vf', filters],
    ...['-c:v', 'libvpx-vp9', '-crf', '33', '-b:v', '0', '-deadline', 'good', '-cpu-used', '5'],
    ...['-row-mt', '1', '-tile-columns', String(tileColumns(size.width)), '-g', String(WEBM.keyframeFrames)],
    ...['-threads', String(source.cores)],
  ]
}

export const planWebm = (source: Source) => {
  const { video, audio } = source.probe
  const size = video ? evened(fitBox(video, WEBM.long, WEBM.short)) : null
  const outputPath = join(source.workspacePath, 'recording.webm')
  const expectedSeconds = source.facts.durationSeconds ?? source.probe.durationSeconds
  const pass: Pass = {
    inputOptions: reading(source),
    input: fileUrl(source.inputPath),
    outputOptions: [
      ...(video && size ? vp9(source, video, size) : ['-vn']),
      ...(audio ? opus(audio) : ['-an']),
      ...noMetadata,
      ...['-max_muxing_queue_size', '4096', '-f', 'webm'],
    ],
    output: fileUrl(outputPath),
    expectedSeconds,
    deadlineMs: webmDeadlineMs(expectedSeconds ?? MAX_DURATION_SECONDS),
  }
  return { pass, outputPath, mimeType: video ? 'video/webm' : 'audio/webm', size }
}

/** The whole recording as one wave. It is held in memory, so the longer it is, the coarser it is sampled. */
export const planWave = (source: Source, audio: AudioStream) => {
  const seconds = source.facts.durationSeconds ?? 3600
  const rate = Math.round(Math.max(500, Math.min(8000, MAX_WAVE_SAMPLES / Math.max(1, seconds))))
  const size = { width: WAVE.width, height: WAVE.height }
  const wave = `[0:${audio.index}]aformat=channel_layouts=mono,aresample=${rate},showwavespic=s=${size.width}x${size.height}`
  const ground = `color=c=${WAVE.background}:s=${size.width}x${size.height}:r=1:d=1[ground]`
  const graph = `${wave}:colors=${WAVE.wave}:scale=sqrt[wave];${ground};[ground][wave]overlay=format=auto,format=yuvj420p`
  const outputPath = join(source.workspacePath, 'wave.jpg')
  const pass: Pass = {
    inputOptions: reading(source, '-vn'),
    input: fileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', graph, '-frames:v', '1', ...noMetadata],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2'],
    ],
    output: fileUrl(outputPath),
    expectedSeconds: null,
    deadlineMs: QUICK_DEADLINE_MS + seconds * 1000,
  }
  return { pass, outputPath, mimeType: 'image/jpeg', size }
}

const upright: Record<Orientation, string[]> = {
  1: [],
  2: ['hflip'],
  3: ['hflip', 'vflip'],
  4: ['vflip'],
  5: ['transpose=0'],
  6: ['transpose=1'],
  7: ['transpose=3'],
  8: ['transpose=2'],
}

/** A small copy that carries none of what the camera wrote, yet stands as it said. See-through stays see-through. */
export const planImage = (source: Source, video: VideoStream) => {
  // The facts say how it is displayed, after turning.
  const shown = { width: source.facts.width ?? video.width, height: source.facts.height ?? video.height }
  const size = fitWidth(shown, THUMBNAIL_WIDTH)
  const outputPath = join(source.workspacePath, video.alpha ? 'picture.png' : 'picture.jpg')
  const encoder = video.alpha
    ? ['-c:v', 'png', '-pix_fmt', 'rgba']
    : ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p']
  const demuxer = IMAGE_DEMUXERS[source.facts.mimeType]
  const pass: Pass = {
    inputOptions: reading(source, '-noautorotate', ...(demuxer ? ['-f', demuxer] : [])),
    input: fileUrl(source.inputPath),
    outputOptions: [
      ...['-map', `0:${video.index}`, '-vf', [...upright[source.orientation], scale(size, 'lanczos')].join(',')],
      ...['-frames:v', '1', ...noMetadata, ...encoder, '-f', 'image2'],
    ],
    output: fileUrl(outputPath),
    expectedSeconds: null,
    deadlineMs: QUICK_DEADLINE_MS,
  }
  return { pass, outputPath, mimeType: video.alpha ? 'image/png' : 'image/jpeg', size }
}
