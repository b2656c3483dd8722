import { expect, test } from 'vitest'
import type { ConversionSource } from '../../../worker/ffmpeg/plan/source.ts'
import { planWebm } from '../../../worker/ffmpeg/plan/webm.ts'
import type { VideoStream } from '../../../worker/ffmpeg/probe.ts'

const hd: VideoStream = { index: 0, codec: 'h264', width: 1280, height: 720, fps: 25, hdr: false, alpha: false }

/** Source of ten seconds whose file has the given number of bits per pixel. */
const createSource = (
  bitsPerPixel: number,
  video = hd,
  overrides: Partial<ConversionSource> = {},
): ConversionSource => ({
  inputPath: '/in.mp4',
  workspacePath: '/work',
  mediaInfo: { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: 10, width: video.width, height: video.height },
  probe: {
    container: 'mov',
    confidence: 100,
    durationSeconds: 10,
    video,
    audio: null,
    hasCoverPicture: false,
    hasUnreadableStream: false,
    warnings: '',
  },
  orientation: 1,
  cores: 2,
  toneMapping: false,
  sizeBytes: (bitsPerPixel * video.width * video.height * 25 * 10) / 8,
  hasQuickVp9: true,
  ...overrides,
})

const effortOf = (source: ConversionSource): string => {
  const options = planWebm(source).pass.outputOptions
  return ['-deadline', '-cpu-used', '-crf'].map((name) => options[options.indexOf(name) + 1]).join(' ')
}

test('a usual video is encoded quickly', () => {
  expect(effortOf(createSource(0.1))).toBe('realtime 4 34')
})

test('a noisy video is encoded quickly with a higher quality', () => {
  expect(effortOf(createSource(2))).toBe('realtime 4 32')
})

const carefulSources: Record<string, ConversionSource> = {
  'is small': createSource(0.1, { ...hd, width: 320, height: 240 }),
  'is turned and small': createSource(0.1, { ...hd, width: 240, height: 320 }),
  'has no known frame rate': createSource(0.1, { ...hd, fps: null }),
  'has no known duration': createSource(0.1, hd, {
    mediaInfo: { ...createSource(0.1).mediaInfo, durationSeconds: null },
    probe: { ...createSource(0.1).probe, durationSeconds: null },
  }),
  'has no known size': createSource(0.1, hd, { sizeBytes: undefined }),
  'meets an old encoder': createSource(0.1, hd, { hasQuickVp9: false }),
}

test.for(Object.entries(carefulSources))('a video that %s is encoded carefully', ([, source]) => {
  expect(effortOf(source)).toBe('good 5 33')
})
