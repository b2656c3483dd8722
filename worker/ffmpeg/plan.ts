import { join } from 'node:path'
import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import { imageDemuxers } from './classify.ts'
import { decoderRestrictions, fileUrl, inputRestrictions, maxDurationSeconds } from './limits.ts'
import type { Orientation } from './orientation.ts'
import { analysisSize, type SamplingStrategy } from './posterFrame.ts'
import type { AudioStream, Probe, VideoStream } from './probe.ts'
import { fitBox, fitWidth, type Size, toEvenSize } from './profiles.ts'
import type { Pass } from './run.ts'

/** Everything that a plan depends on. */
export type ConversionSource = {
  inputPath: string
  workspacePath: string
  mediaInfo: MediaInfo
  probe: Probe
  orientation: Orientation
  cores: number
  /** See Binaries. */
  toneMapping: boolean
}

const thumbnailWidth = 640
const gifSettings = { width: 480, fps: 12, seconds: 6 }
const webmSettings = { longSide: 1280, shortSide: 720, maxFps: 60, keyframeIntervalFrames: 240 }
const waveformSettings = { width: 640, height: 180, background: '0x0f172a', waveColor: '0x38bdf8' }
const maxWaveformSamples = 40_000_000

const quickTimeoutMs = 3 * 60_000
/** VP9 on a slow machine: a fraction of real time, never less than a twentieth. */
const webmTimeoutMs = (seconds: number) => 10 * 60_000 + seconds * 20_000

const quietOptions = ['-v', 'error']
const stripMetadataOptions = ['-map_metadata', '-1', '-map_chapters', '-1', '-dn', '-sn']
const createInputOptions = (source: ConversionSource, ...extraOptions: string[]) => [
  ...quietOptions,
  ...inputRestrictions,
  ...decoderRestrictions,
  ...['-threads', String(source.cores)],
  ...extraOptions,
]

const scaleFilter = ({ width, height }: Size, flags = 'bicubic') => `scale=${width}:${height}:flags=${flags},setsar=1`

/** High dynamic range shown as if it were standard looks grey and washed out. */
const toneMapFilter =
  'zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p'

const pictureFilter = (source: ConversionSource, video: VideoStream, size: Size) =>
  [scaleFilter(size), ...(video.hdr && source.toneMapping ? [toneMapFilter] : [])].join(',')

export type SamplePass = { pass: Pass; picturePath: (frame: number) => string; greyPath: string }

const createSamplePass = (
  source: ConversionSource,
  video: VideoStream,
  name: string,
  seek: string[],
  sampleFilter: string,
  frames: number,
) => {
  const size = fitWidth(video, thumbnailWidth)
  const greyPath = join(source.workspacePath, `${name}.grey`)
  const analysisFilter = `scale=${analysisSize.width}:${analysisSize.height}:flags=area,format=gray`
  const graph = `[0:${video.index}]${sampleFilter}${pictureFilter(source, video, size)},split[picture][small];[small]${analysisFilter}[grey]`
  const countOptions = ['-frames:v', String(frames)]
  const pass: Pass = {
    inputOptions: createInputOptions(source, ...seek),
    input: fileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', graph, '-map', '[picture]', ...countOptions, ...stripMetadataOptions],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', '-f', 'image2'],
      ...['-y', fileUrl(join(source.workspacePath, `${name}-%d.jpg`))],
      ...['-map', '[grey]', ...countOptions, '-f', 'rawvideo'],
    ],
    output: fileUrl(greyPath),
    expectedSeconds: null,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, greyPath, picturePath: (frame: number) => join(source.workspacePath, `${name}-${frame + 1}.jpg`) }
}

/** The keyframe before a point: seeking and decoding one picture, wherever in however long a file. */
export const planKeyframe = (
  source: ConversionSource,
  video: VideoStream,
  atSeconds: number,
  name: string,
): SamplePass =>
  createSamplePass(
    source,
    video,
    name,
    ['-skip_frame', 'nokey', '-noaccurate_seek', '-ss', atSeconds.toFixed(3)],
    // A keyframe's time lies before the point: below zero after seeking.
    'setpts=PTS-STARTPTS,',
    1,
  )

export const planWindow = (
  source: ConversionSource,
  video: VideoStream,
  { durationSeconds, frames }: Extract<SamplingStrategy, { type: 'window' }>,
): SamplePass =>
  createSamplePass(
    source,
    video,
    'window',
    ['-t', durationSeconds.toFixed(3)],
    `fps=${(frames / durationSeconds).toFixed(4)},`,
    frames,
  )

/** Up to six seconds around the moment, from one decode: the palette is made from the very frames that use it. */
export const planGif = (source: ConversionSource, video: VideoStream, posterSeconds: number) => {
  const durationSeconds = source.mediaInfo.durationSeconds ?? gifSettings.seconds
  const seconds = Math.max(0.1, Math.min(gifSettings.seconds, durationSeconds))
  const start = Math.max(0, Math.min(posterSeconds, durationSeconds - gifSettings.seconds))
  const size = toEvenSize(fitWidth(video, gifSettings.width))
  const fps = Math.min(gifSettings.fps, video.fps ?? gifSettings.fps)
  const framesFilter =
    `[0:${video.index}]setpts=PTS-STARTPTS,fps=${fps.toFixed(4)},trim=duration=${seconds.toFixed(3)},` +
    `${pictureFilter(source, video, size)},split[frames][all]`
  const paletteFilter = '[all]palettegen[palette]'
  const ditherFilter = '[frames][palette]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle'
  const outputPath = join(source.workspacePath, 'moment.gif')
  const pass: Pass = {
    inputOptions: createInputOptions(source, '-ss', start.toFixed(3), '-t', (seconds + 1).toFixed(3)),
    input: fileUrl(source.inputPath),
    outputOptions: [
      '-filter_complex',
      `${framesFilter};${paletteFilter};${ditherFilter}`,
      ...stripMetadataOptions,
      '-an',
      '-loop',
      '0',
      '-f',
      'gif',
    ],
    output: fileUrl(outputPath),
    expectedSeconds: seconds,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, outputPath, mimeType: 'image/gif', size }
}

const opusOptions = (audio: AudioStream) => [
  ...['-map', `0:${audio.index}`, '-c:a', 'libopus', '-vbr', 'on'],
  // More than two channels: libopus refuses some layouts that are common in AAC.
  ...(audio.channels === 1 ? ['-ac', '1', '-b:a', '64k'] : ['-ac', '2', '-b:a', '96k']),
  ...['-ar', '48000'],
]

const tileColumns = (width: number) => (width >= 1024 ? 2 : width >= 512 ? 1 : 0)

const vp9Options = (source: ConversionSource, video: VideoStream, size: Size) => {
  const filters = [
    ...((video.fps ?? 0) > webmSettings.maxFps ? [`fps=${webmSettings.maxFps}`] : []),
    pictureFilter(source, video, size),
    'format=yuv420p',
  ].join(',')
  return [
    ...['-map', `0:${video.index}`, '-vf', filters],
    ...['-c:v', 'libvpx-vp9', '-crf', '33', '-b:v', '0', '-deadline', 'good', '-cpu-used', '5'],
    ...[
      '-row-mt',
      '1',
      '-tile-columns',
      String(tileColumns(size.width)),
      '-g',
      String(webmSettings.keyframeIntervalFrames),
    ],
    ...['-threads', String(source.cores)],
  ]
}

export const planWebm = (source: ConversionSource) => {
  const { video, audio } = source.probe
  const size = video ? toEvenSize(fitBox(video, webmSettings.longSide, webmSettings.shortSide)) : null
  const outputPath = join(source.workspacePath, 'recording.webm')
  const expectedSeconds = source.mediaInfo.durationSeconds ?? source.probe.durationSeconds
  const pass: Pass = {
    inputOptions: createInputOptions(source),
    input: fileUrl(source.inputPath),
    outputOptions: [
      ...(video && size ? vp9Options(source, video, size) : ['-vn']),
      ...(audio ? opusOptions(audio) : ['-an']),
      ...stripMetadataOptions,
      ...['-max_muxing_queue_size', '4096', '-f', 'webm'],
    ],
    output: fileUrl(outputPath),
    expectedSeconds,
    timeoutMs: webmTimeoutMs(expectedSeconds ?? maxDurationSeconds),
  }
  return { pass, outputPath, mimeType: video ? 'video/webm' : 'audio/webm', size }
}

/** The whole recording as one wave. It is held in memory, so the longer it is, the coarser it is sampled. */
export const planWaveform = (source: ConversionSource, audio: AudioStream) => {
  const seconds = source.mediaInfo.durationSeconds ?? 3600
  const sampleRate = Math.round(Math.max(500, Math.min(8000, maxWaveformSamples / Math.max(1, seconds))))
  const size = { width: waveformSettings.width, height: waveformSettings.height }
  const waveformFilter = `[0:${audio.index}]aformat=channel_layouts=mono,aresample=${sampleRate},showwavespic=s=${size.width}x${size.height}`
  const backgroundFilter = `color=c=${waveformSettings.background}:s=${size.width}x${size.height}:r=1:d=1[ground]`
  const graph = `${waveformFilter}:colors=${waveformSettings.waveColor}:scale=sqrt[wave];${backgroundFilter};[ground][wave]overlay=format=auto,format=yuvj420p`
  const outputPath = join(source.workspacePath, 'wave.jpg')
  const pass: Pass = {
    inputOptions: createInputOptions(source, '-vn'),
    input: fileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', graph, '-frames:v', '1', ...stripMetadataOptions],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2'],
    ],
    output: fileUrl(outputPath),
    expectedSeconds: null,
    timeoutMs: quickTimeoutMs + seconds * 1000,
  }
  return { pass, outputPath, mimeType: 'image/jpeg', size }
}

const uprightFilters: Record<Orientation, string[]> = {
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
export const planImage = (source: ConversionSource, video: VideoStream) => {
  // The facts say how it is displayed, after turning.
  const displaySize = { width: source.mediaInfo.width ?? video.width, height: source.mediaInfo.height ?? video.height }
  const size = fitWidth(displaySize, thumbnailWidth)
  const outputPath = join(source.workspacePath, video.alpha ? 'picture.png' : 'picture.jpg')
  const encoderOptions = video.alpha
    ? ['-c:v', 'png', '-pix_fmt', 'rgba']
    : ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p']
  const demuxer = imageDemuxers[source.mediaInfo.mimeType]
  const pass: Pass = {
    inputOptions: createInputOptions(source, '-noautorotate', ...(demuxer ? ['-f', demuxer] : [])),
    input: fileUrl(source.inputPath),
    outputOptions: [
      ...[
        '-map',
        `0:${video.index}`,
        '-vf',
        [...uprightFilters[source.orientation], scaleFilter(size, 'lanczos')].join(','),
      ],
      ...['-frames:v', '1', ...stripMetadataOptions, ...encoderOptions, '-f', 'image2'],
    ],
    output: fileUrl(outputPath),
    expectedSeconds: null,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, outputPath, mimeType: video.alpha ? 'image/png' : 'image/jpeg', size }
}
