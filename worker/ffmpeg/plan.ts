import { join } from 'node:path'
import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import { imageDemuxers } from './classification/imageDemuxers.ts'
import { decoderRestrictions, inputRestrictions, maxDurationSeconds, toFileUrl } from './limits.ts'
import type { Orientation } from './orientation.ts'
import type { Pass } from './pass/pass.ts'
import { analysisSize } from './posterFrame/measures.ts'
import type { SamplingStrategy } from './posterFrame/sampling.ts'
import type { AudioStream, Probe, VideoStream } from './probe.ts'
import { fitBox, fitWidth, type Size, toEvenSize } from './profiles.ts'

/** Complete input of a plan. */
export interface ConversionSource {
  inputPath: string
  workspacePath: string
  mediaInfo: MediaInfo
  probe: Probe
  orientation: Orientation
  cores: number
  /** See FfmpegBinaries. */
  toneMapping: boolean
}

const thumbnailWidth = 640
const gifSettings = { width: 480, fps: 12, seconds: 6 }
const webmSettings = { longSide: 1280, shortSide: 720, maxFps: 60, keyframeIntervalFrames: 240 }
const waveformSettings = { width: 640, height: 180, background: '0x0f172a', waveColor: '0x38bdf8' }
const maxWaveformSamples = 40_000_000

const quickTimeoutMs = 3 * 60_000
/** Time limit of VP9: even a slow machine encodes at a twentieth of real time or faster. */
const computeWebmTimeoutMs = (seconds: number): number => 10 * 60_000 + seconds * 20_000

const quietOptions = ['-v', 'error']
const stripMetadataOptions = ['-map_metadata', '-1', '-map_chapters', '-1', '-dn', '-sn']
const createInputOptions = (source: ConversionSource, extraOptions: string[]): string[] => [
  ...quietOptions,
  ...inputRestrictions,
  ...decoderRestrictions,
  ...['-threads', String(source.cores)],
  ...extraOptions,
]

const createScaleFilter = ({ width, height }: Size, flags: 'bicubic' | 'lanczos'): string =>
  `scale=${width}:${height}:flags=${flags},setsar=1`

/** Maps high dynamic range to standard range; without the mapping it looks grey and washed out. */
const toneMapFilter =
  'zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p'

const createPictureFilter = (source: ConversionSource, video: VideoStream, size: Size): string =>
  [createScaleFilter(size, 'bicubic'), ...(video.hdr && source.toneMapping ? [toneMapFilter] : [])].join(',')

export interface SamplePass {
  pass: Pass
  greyPath: string
  picturePath(frame: number): string
}

export interface RenditionPlan {
  pass: Pass
  outputPath: string
  mimeType: string
  /** Size of the picture; null for sound. */
  size: Size | null
}

interface SampleOptions {
  name: string
  seekOptions: string[]
  sampleFilter: string
  frames: number
}

const createSamplePass = (
  source: ConversionSource,
  video: VideoStream,
  { name, seekOptions, sampleFilter, frames }: SampleOptions,
): SamplePass => {
  const size = fitWidth(video, thumbnailWidth)
  const greyPath = join(source.workspacePath, `${name}.grey`)
  const analysisFilter = `scale=${analysisSize.width}:${analysisSize.height}:flags=area,format=gray`
  const graph = `[0:${video.index}]${sampleFilter}${createPictureFilter(source, video, size)},split[picture][small];[small]${analysisFilter}[grey]`
  const countOptions = ['-frames:v', String(frames)]
  const pass: Pass = {
    inputOptions: createInputOptions(source, seekOptions),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', graph, '-map', '[picture]', ...countOptions, ...stripMetadataOptions],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', '-f', 'image2'],
      ...['-y', toFileUrl(join(source.workspacePath, `${name}-%d.jpg`))],
      ...['-map', '[grey]', ...countOptions, '-f', 'rawvideo'],
    ],
    output: toFileUrl(greyPath),
    expectedSeconds: null,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, greyPath, picturePath: (frame) => join(source.workspacePath, `${name}-${frame + 1}.jpg`) }
}

/** Extracts the keyframe before a point: seeks and decodes one picture, at equal cost in a file of any length. */
export const planKeyframe = (
  source: ConversionSource,
  video: VideoStream,
  { atSeconds, name }: { atSeconds: number; name: string },
): SamplePass =>
  createSamplePass(source, video, {
    name,
    seekOptions: ['-skip_frame', 'nokey', '-noaccurate_seek', '-ss', atSeconds.toFixed(3)],
    // A keyframe's time is before the point, so it is negative after seeking.
    sampleFilter: 'setpts=PTS-STARTPTS,',
    frames: 1,
  })

export const planWindow = (
  source: ConversionSource,
  video: VideoStream,
  { durationSeconds, frames }: Extract<SamplingStrategy, { type: 'window' }>,
): SamplePass =>
  createSamplePass(source, video, {
    name: 'window',
    seekOptions: ['-t', durationSeconds.toFixed(3)],
    sampleFilter: `fps=${(frames / durationSeconds).toFixed(4)},`,
    frames,
  })

/** Filter of a GIF from a single decode: the palette is computed from the same frames that use it. */
const createGifFilter = (source: ConversionSource, video: VideoStream, size: Size, seconds: number): string => {
  const fps = Math.min(gifSettings.fps, video.fps ?? gifSettings.fps)
  const framesFilter =
    `[0:${video.index}]setpts=PTS-STARTPTS,fps=${fps.toFixed(4)},trim=duration=${seconds.toFixed(3)},` +
    `${createPictureFilter(source, video, size)},split[frames][all]`
  const paletteFilter = '[all]palettegen[palette]'
  const ditherFilter = '[frames][palette]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle'
  return `${framesFilter};${paletteFilter};${ditherFilter}`
}

/** Plans a GIF of up to six seconds that starts at the poster frame, or earlier if the video would end before. */
export const planGif = (source: ConversionSource, video: VideoStream, posterSeconds: number): RenditionPlan => {
  const durationSeconds = source.mediaInfo.durationSeconds ?? gifSettings.seconds
  const seconds = Math.max(0.1, Math.min(gifSettings.seconds, durationSeconds))
  const start = Math.max(0, Math.min(posterSeconds, durationSeconds - gifSettings.seconds))
  const size = toEvenSize(fitWidth(video, gifSettings.width))
  const outputPath = join(source.workspacePath, 'moment.gif')
  const pass: Pass = {
    inputOptions: createInputOptions(source, ['-ss', start.toFixed(3), '-t', (seconds + 1).toFixed(3)]),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', createGifFilter(source, video, size, seconds), ...stripMetadataOptions],
      ...['-an', '-loop', '0', '-f', 'gif'],
    ],
    output: toFileUrl(outputPath),
    expectedSeconds: seconds,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, outputPath, mimeType: 'image/gif', size }
}

const createOpusOptions = (audio: AudioStream): string[] => [
  ...['-map', `0:${audio.index}`, '-c:a', 'libopus', '-vbr', 'on'],
  // More than two channels are mixed down: libopus refuses some layouts that are common in AAC.
  ...(audio.channels === 1 ? ['-ac', '1', '-b:a', '64k'] : ['-ac', '2', '-b:a', '96k']),
  ...['-ar', '48000'],
]

const chooseTileColumns = (width: number): number => (width >= 1024 ? 2 : width >= 512 ? 1 : 0)

const createVp9Options = (source: ConversionSource, video: VideoStream, size: Size): string[] => {
  const filters = [
    ...((video.fps ?? 0) > webmSettings.maxFps ? [`fps=${webmSettings.maxFps}`] : []),
    createPictureFilter(source, video, size),
    'format=yuv420p',
  ].join(',')
  return [
    ...['-map', `0:${video.index}`, '-vf', filters],
    ...['-c:v', 'libvpx-vp9', '-crf', '33', '-b:v', '0', '-deadline', 'good', '-cpu-used', '5'],
    ...['-row-mt', '1', '-tile-columns', String(chooseTileColumns(size.width))],
    ...['-g', String(webmSettings.keyframeIntervalFrames)],
    ...['-threads', String(source.cores)],
  ]
}

export const planWebm = (source: ConversionSource): RenditionPlan => {
  const { video, audio } = source.probe
  const size = video ? toEvenSize(fitBox(video, webmSettings)) : null
  const outputPath = join(source.workspacePath, 'recording.webm')
  const expectedSeconds = source.mediaInfo.durationSeconds ?? source.probe.durationSeconds
  const pass: Pass = {
    inputOptions: createInputOptions(source, []),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...(video && size ? createVp9Options(source, video, size) : ['-vn']),
      ...(audio ? createOpusOptions(audio) : ['-an']),
      ...stripMetadataOptions,
      ...['-max_muxing_queue_size', '4096', '-f', 'webm'],
    ],
    output: toFileUrl(outputPath),
    expectedSeconds,
    timeoutMs: computeWebmTimeoutMs(expectedSeconds ?? maxDurationSeconds),
  }
  return { pass, outputPath, mimeType: video ? 'video/webm' : 'audio/webm', size }
}

/** Filter that draws the waveform of a whole recording on a background. */
const createWaveformFilter = (audio: AudioStream, sampleRate: number): string => {
  const { width, height, background, waveColor } = waveformSettings
  const waveformFilter = `[0:${audio.index}]aformat=channel_layouts=mono,aresample=${sampleRate},showwavespic=s=${width}x${height}`
  const backgroundFilter = `color=c=${background}:s=${width}x${height}:r=1:d=1[ground]`
  return `${waveformFilter}:colors=${waveColor}:scale=sqrt[wave];${backgroundFilter};[ground][wave]overlay=format=auto,format=yuvj420p`
}

/** Plans a picture of the waveform. ffmpeg holds all samples in memory, so a longer recording gets a lower sample rate. */
export const planWaveform = (source: ConversionSource, audio: AudioStream): RenditionPlan => {
  const seconds = source.mediaInfo.durationSeconds ?? 3600
  const sampleRate = Math.round(Math.max(500, Math.min(8000, maxWaveformSamples / Math.max(1, seconds))))
  const size = { width: waveformSettings.width, height: waveformSettings.height }
  const outputPath = join(source.workspacePath, 'wave.jpg')
  const pass: Pass = {
    inputOptions: createInputOptions(source, ['-vn']),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...['-filter_complex', createWaveformFilter(audio, sampleRate), '-frames:v', '1', ...stripMetadataOptions],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2'],
    ],
    output: toFileUrl(outputPath),
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

/** Plans a small copy of a picture: upright as its orientation demands, without metadata, with its transparency. */
export const planImage = (source: ConversionSource, video: VideoStream): RenditionPlan => {
  // The media info holds the displayed size, after the rotation.
  const displaySize = { width: source.mediaInfo.width ?? video.width, height: source.mediaInfo.height ?? video.height }
  const size = fitWidth(displaySize, thumbnailWidth)
  const filters = [...uprightFilters[source.orientation], createScaleFilter(size, 'lanczos')].join(',')
  const outputPath = join(source.workspacePath, video.alpha ? 'picture.png' : 'picture.jpg')
  const encoderOptions = video.alpha
    ? ['-c:v', 'png', '-pix_fmt', 'rgba']
    : ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p']
  const demuxer = imageDemuxers[source.mediaInfo.mimeType]
  const pass: Pass = {
    inputOptions: createInputOptions(source, ['-noautorotate', ...(demuxer ? ['-f', demuxer] : [])]),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...['-map', `0:${video.index}`, '-vf', filters],
      ...['-frames:v', '1', ...stripMetadataOptions, ...encoderOptions, '-f', 'image2'],
    ],
    output: toFileUrl(outputPath),
    expectedSeconds: null,
    timeoutMs: quickTimeoutMs,
  }
  return { pass, outputPath, mimeType: video.alpha ? 'image/png' : 'image/jpeg', size }
}
