import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MediaInfo } from '../../../src/services/kernel/mediaInfo.ts'
import { allowedDemuxers } from '../../../worker/ffmpeg/limits.ts'
import {
  type ConversionSource,
  planGif,
  planImage,
  planKeyframe,
  planWaveform,
  planWebm,
  planWindow,
} from '../../../worker/ffmpeg/plan.ts'
import type { VideoStream } from '../../../worker/ffmpeg/probe.ts'
import { fitBox, fitWidth, selectProfiles, toEvenSize } from '../../../worker/ffmpeg/profiles.ts'

const video: VideoStream = { index: 2, codec: 'h264', width: 1920, height: 1080, fps: 30, hdr: false, alpha: false }
const audio = { index: 5, codec: 'aac', channels: 6 }
const facts: MediaInfo = { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: 60, width: 1920, height: 1080 }
const source = (overrides: Partial<ConversionSource> = {}): ConversionSource => ({
  inputPath: '/in/-x:%d.mp4',
  workspacePath: '/work',
  mediaInfo: facts,
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

test('every kind of file has the renditions that fit it', () => {
  expect(selectProfiles(facts)).toEqual(['THUMBNAIL', 'GIF', 'WEBM'])
  expect(selectProfiles({ kind: 'AUDIO', mimeType: 'audio/mpeg' })).toEqual(['THUMBNAIL', 'WEBM'])
  expect(selectProfiles({ kind: 'IMAGE', mimeType: 'image/png' })).toEqual(['THUMBNAIL'])
  expect(selectProfiles({ kind: 'IMAGE', mimeType: 'image/avif' })).toEqual([])
  expect(selectProfiles({ kind: 'DOCUMENT', mimeType: 'application/pdf' })).toEqual([])
  expect(selectProfiles({ kind: 'OTHER', mimeType: 'application/zip' })).toEqual([])
})

const side = fc.integer({ min: 1, max: 16_384 })

test('no size is zero, odd where it must be even, or larger than the original', () => {
  fc.assert(
    fc.property(side, side, (width, height) => {
      const original = { width, height }
      const box = toEvenSize(fitBox(original, 1280, 720))
      const narrow = toEvenSize(fitWidth(original, 480))
      for (const size of [box, narrow]) {
        expect([size.width % 2, size.height % 2]).toEqual([0, 0])
        expect(size.width).toBeGreaterThan(0)
        expect(size.height).toBeGreaterThan(0)
        // Two is the least that is even.
        expect(size.width).toBeLessThanOrEqual(Math.max(2, width))
        expect(size.height).toBeLessThanOrEqual(Math.max(2, height))
      }
      expect(Math.max(box.width, box.height)).toBeLessThanOrEqual(1280)
      expect(Math.min(box.width, box.height)).toBeLessThanOrEqual(720)
      expect(narrow.width).toBeLessThanOrEqual(480)
    }),
  )
})

test('shape is kept as far as whole pixels allow', () => {
  expect(fitWidth({ width: 1920, height: 1080 }, 640)).toEqual({ width: 640, height: 360 })
  expect(fitBox({ width: 3840, height: 2160 }, 1280, 720)).toEqual({ width: 1280, height: 720 })
  expect(toEvenSize(fitBox({ width: 1080, height: 1920 }, 1280, 720))).toEqual({ width: 720, height: 1280 })
  expect(toEvenSize(fitBox({ width: 101, height: 75 }, 1280, 720))).toEqual({ width: 100, height: 74 })
})

const passes = (from: ConversionSource) => [
  planKeyframe(from, video, 30, 'a').pass,
  planWindow(from, video, { type: 'window', durationSeconds: 20, frames: 12 }).pass,
  planGif(from, video, 30).pass,
  planWebm(from).pass,
  planWaveform(from, audio).pass,
  planImage(from, video).pass,
]

test('every pass reads one named file only, through allowed demuxers, with a limit on pixels and time', () => {
  for (const pass of passes(source())) {
    const options = pass.inputOptions.join(' ')
    expect(pass.input).toBe('file:/in/-x:%d.mp4')
    expect(options).toContain('-protocol_whitelist file ')
    expect(options).toContain(`-format_whitelist ${allowedDemuxers.join(',')} `)
    expect(options).toMatch(/-max_pixels \d+/)
    expect(pass.timeoutMs).toBeGreaterThan(0)
    expect(pass.output).toMatch(/^file:\/work\//)
  }
})

test('no playlist, script, device or network demuxer is allowed', () => {
  const forbidden = ['hls', 'applehttp', 'concat', 'dash', 'sdp', 'rtsp', 'rtp', 'lavfi', 'image2', 'tee', 'svg_pipe']
  expect(allowedDemuxers.filter((name) => forbidden.includes(name))).toEqual([])
})

test('nothing that came with the file is passed on', () => {
  for (const pass of passes(source())) {
    expect(pass.outputOptions.join(' ')).toContain('-map_metadata -1 -map_chapters -1 -dn -sn')
  }
})

test('a GIF starts at the moment, or early enough to last six seconds', () => {
  const seekOf = (momentSeconds: number) => {
    const { inputOptions } = planGif(source(), video, momentSeconds).pass
    return Number(inputOptions[inputOptions.indexOf('-ss') + 1])
  }
  expect(seekOf(10)).toBe(10)
  expect(seekOf(58)).toBe(54)
  const short = source({ mediaInfo: { ...facts, durationSeconds: 2 } })
  expect(planGif(short, video, 1).pass).toMatchObject({ expectedSeconds: 2 })
})

test('WebM of sound alone has no picture, of a silent video no sound', () => {
  const sound = source({ probe: { ...source().probe, video: null } })
  expect(planWebm(sound)).toMatchObject({ mimeType: 'audio/webm', size: null })
  expect(planWebm(sound).pass.outputOptions).toContain('-vn')
  const silent = source({ probe: { ...source().probe, audio: null } })
  expect(planWebm(silent)).toMatchObject({ mimeType: 'video/webm' })
  expect(planWebm(silent).pass.outputOptions).toContain('-an')
})

test('streams are named by their number, surround sound becomes stereo', () => {
  const options = planWebm(source()).pass.outputOptions.join(' ')
  expect(options).toContain('-map 0:2')
  expect(options).toContain('-map 0:5')
  expect(options).toContain('-ac 2')
})

test('high dynamic range is mapped where the build can', () => {
  const hdr = { ...video, hdr: true }
  const options = (toneMapping: boolean) => planGif(source({ toneMapping }), hdr, 0).pass.outputOptions.join(' ')
  expect(options(true)).toContain('tonemap')
  expect(options(false)).not.toContain('tonemap')
})

test('a picture is turned as its camera was held, and stays see-through', () => {
  const image = { ...facts, kind: 'IMAGE' as const, mimeType: 'image/png', width: 1080, height: 1920 }
  const turned = planImage(source({ mediaInfo: image, orientation: 6 }), { ...video, alpha: true })
  expect(turned).toMatchObject({ mimeType: 'image/png', size: { width: 640, height: 1138 } })
  expect(turned.pass.outputOptions.join(' ')).toContain('transpose=1,scale=640:1138')
})
