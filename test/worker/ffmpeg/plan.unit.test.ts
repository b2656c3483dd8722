import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MediaInfo } from '../../../src/services/kernel/mediaInfo.ts'
import { allowedDemuxers } from '../../../worker/ffmpeg/limits.ts'
import { planGif } from '../../../worker/ffmpeg/plan/gif.ts'
import { planImage } from '../../../worker/ffmpeg/plan/image.ts'
import { planKeyframe, planWindow } from '../../../worker/ffmpeg/plan/samples.ts'
import type { ConversionSource } from '../../../worker/ffmpeg/plan/source.ts'
import { planWaveform } from '../../../worker/ffmpeg/plan/waveform.ts'
import { planWebm } from '../../../worker/ffmpeg/plan/webm.ts'
import type { VideoStream } from '../../../worker/ffmpeg/probe.ts'
import { fitBox, fitWidth, selectProfiles, toEvenSize } from '../../../worker/ffmpeg/profiles.ts'

const video: VideoStream = { index: 2, codec: 'h264', width: 1920, height: 1080, fps: 30, hdr: false, alpha: false }
const audio = { index: 5, codec: 'aac', channels: 6 }
const mediaInfo: MediaInfo = { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: 60, width: 1920, height: 1080 }
const createSource = (overrides: Partial<ConversionSource> = {}): ConversionSource => ({
  inputPath: '/in/-x:%d.mp4',
  workspacePath: '/work',
  mediaInfo,
  probe: {
    container: 'mov',
    confidence: 100,
    durationSeconds: 60,
    video,
    audio,
    hasCoverPicture: false,
    hasUnreadableStream: false,
    warnings: '',
  },
  orientation: 1,
  cores: 4,
  toneMapping: true,
  ...overrides,
})

test('every kind of file has the profiles that apply to it', () => {
  expect(selectProfiles(mediaInfo)).toEqual(['THUMBNAIL', 'GIF', 'WEBM'])
  const select = (kind: MediaInfo['kind'], mimeType: string, width: number | null) =>
    selectProfiles({ kind, mimeType, width })
  expect(select('AUDIO', 'audio/mpeg', null)).toEqual(['THUMBNAIL', 'WEBM'])
  expect(select('IMAGE', 'image/png', 1)).toEqual(['THUMBNAIL'])
  expect(select('IMAGE', 'image/heic', 1)).toEqual(['THUMBNAIL', 'WEBP'])
  expect(select('IMAGE', 'image/heic', null)).toEqual([])
  expect(select('DOCUMENT', 'text/plain', null)).toEqual([])
  expect(select('OTHER', 'application/zip', null)).toEqual([])
})

const side = fc.integer({ min: 1, max: 16_384 })

test('an even size lies between 2 pixels and the original size', () => {
  fc.assert(
    fc.property(side, side, (width, height) => {
      const original = { width, height }
      const box = toEvenSize(fitBox(original, { longSide: 1280, shortSide: 720 }))
      const narrow = toEvenSize(fitWidth(original, 480))
      for (const size of [box, narrow]) {
        expect([size.width % 2, size.height % 2]).toEqual([0, 0])
        expect(size.width).toBeGreaterThan(0)
        expect(size.height).toBeGreaterThan(0)
        // 2 is the smallest even size.
        expect(size.width).toBeLessThanOrEqual(Math.max(2, width))
        expect(size.height).toBeLessThanOrEqual(Math.max(2, height))
      }
      expect(Math.max(box.width, box.height)).toBeLessThanOrEqual(1280)
      expect(Math.min(box.width, box.height)).toBeLessThanOrEqual(720)
      expect(narrow.width).toBeLessThanOrEqual(480)
    }),
  )
})

test('scaling keeps the aspect ratio as far as whole pixels allow', () => {
  expect(fitWidth({ width: 1920, height: 1080 }, 640)).toEqual({ width: 640, height: 360 })
  expect(fitBox({ width: 3840, height: 2160 }, { longSide: 1280, shortSide: 720 })).toEqual({
    width: 1280,
    height: 720,
  })
  expect(toEvenSize(fitBox({ width: 1080, height: 1920 }, { longSide: 1280, shortSide: 720 }))).toEqual({
    width: 720,
    height: 1280,
  })
  expect(toEvenSize(fitBox({ width: 101, height: 75 }, { longSide: 1280, shortSide: 720 }))).toEqual({
    width: 100,
    height: 74,
  })
})

const createPasses = (source: ConversionSource) => [
  planKeyframe(source, video, { atSeconds: 30, name: 'a' }).pass,
  planWindow(source, video, { type: 'window', durationSeconds: 20, frames: 12 }).pass,
  planGif(source, video, 30).pass,
  planWebm(source).pass,
  planWaveform(source, audio).pass,
  planImage(source, video).pass,
]

test('every pass reads only its own file', () => {
  for (const pass of createPasses(createSource())) {
    expect(pass.input).toBe('file:/in/-x:%d.mp4')
    expect(pass.inputOptions.join(' ')).toContain('-protocol_whitelist file ')
  }
})

test('every pass uses only allowed demuxers', () => {
  for (const { inputOptions } of createPasses(createSource()))
    expect(inputOptions.join(' ')).toContain(`-format_whitelist ${allowedDemuxers.join(',')} `)
})

test('every pass has a pixel limit', () => {
  for (const { inputOptions } of createPasses(createSource())) expect(inputOptions.join(' ')).toMatch(/-max_pixels \d+/)
})

test('every pass has a time limit', () => {
  for (const { timeoutMs } of createPasses(createSource())) expect(timeoutMs).toBeGreaterThan(0)
})

test('every pass writes into the workspace', () => {
  for (const { output } of createPasses(createSource())) expect(output).toMatch(/^file:\/work\//)
})

test('no playlist, script, device or network demuxer is allowed', () => {
  const forbidden = ['hls', 'applehttp', 'concat', 'dash', 'sdp', 'rtsp', 'rtp', 'lavfi', 'image2', 'tee', 'svg_pipe']
  expect(allowedDemuxers.filter((name) => forbidden.includes(name))).toEqual([])
})

test('no pass copies metadata, chapters, data or subtitles', () => {
  for (const pass of createPasses(createSource())) {
    expect(pass.outputOptions.join(' ')).toContain('-map_metadata -1 -map_chapters -1 -dn -sn')
  }
})

const gifStartSeconds = (posterSeconds: number): number => {
  const { inputOptions } = planGif(createSource(), video, posterSeconds).pass
  return Number(inputOptions[inputOptions.indexOf('-ss') + 1])
}

test('a GIF starts at the poster frame', () => {
  expect(gifStartSeconds(10)).toBe(10)
})

test('a GIF starts six seconds before the end if the poster frame is later', () => {
  expect(gifStartSeconds(58)).toBe(54)
})

test('a GIF of a video shorter than six seconds is as long as the video', () => {
  const shortSource = createSource({ mediaInfo: { ...mediaInfo, durationSeconds: 2 } })
  expect(planGif(shortSource, video, 1).pass).toMatchObject({ expectedSeconds: 2 })
})

test('the WebM of a sound has no picture', () => {
  const source = createSource({ probe: { ...createSource().probe, video: null } })
  expect(planWebm(source)).toMatchObject({ mimeType: 'audio/webm', size: null })
  expect(planWebm(source).pass.outputOptions).toContain('-vn')
})

test('the WebM of a silent video has no sound', () => {
  const source = createSource({ probe: { ...createSource().probe, audio: null } })
  expect(planWebm(source)).toMatchObject({ mimeType: 'video/webm' })
  expect(planWebm(source).pass.outputOptions).toContain('-an')
})

test('streams are selected by their index', () => {
  const options = planWebm(createSource()).pass.outputOptions.join(' ')
  expect(options).toContain('-map 0:2')
  expect(options).toContain('-map 0:5')
})

test('surround sound is mixed down to stereo', () => {
  expect(planWebm(createSource()).pass.outputOptions.join(' ')).toContain('-ac 2')
})

test('high dynamic range is mapped if the build can', () => {
  const hdrVideo = { ...video, hdr: true }
  const createOptions = (toneMapping: boolean): string =>
    planGif(createSource({ toneMapping }), hdrVideo, 0).pass.outputOptions.join(' ')
  expect(createOptions(true)).toContain('tonemap')
  expect(createOptions(false)).not.toContain('tonemap')
})

const image = { ...mediaInfo, kind: 'IMAGE' as const, mimeType: 'image/png', width: 1080, height: 1920 }

test('a picture is turned upright by its orientation', () => {
  const plan = planImage(createSource({ mediaInfo: image, orientation: 6 }), { ...video, alpha: true })
  expect(plan.size).toEqual({ width: 640, height: 1138 })
  expect(plan.pass.outputOptions.join(' ')).toContain('transpose=1,scale=640:1138')
})

test('a transparent picture stays PNG', () => {
  const plan = planImage(createSource({ mediaInfo: image, orientation: 6 }), { ...video, alpha: true })
  expect(plan.mimeType).toBe('image/png')
})
