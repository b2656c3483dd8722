import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planGif } from '../../../worker/ffmpeg/plan/gif.ts'
import { printNumber } from '../../../worker/ffmpeg/plan/numbers.ts'
import { planKeyframe, planWindow } from '../../../worker/ffmpeg/plan/samples.ts'
import type { ConversionSource } from '../../../worker/ffmpeg/plan/source.ts'
import { planWaveform } from '../../../worker/ffmpeg/plan/waveform.ts'
import { planWebm } from '../../../worker/ffmpeg/plan/webm.ts'
import { chooseStrategies } from '../../../worker/ffmpeg/posterFrame/sampling.ts'
import type { VideoStream } from '../../../worker/ffmpeg/probe.ts'

const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1e-7, 1e-12, -1, 1e21, Number.NaN, Number.POSITIVE_INFINITY),
)

test('a number is printed as plain decimals', () => {
  fc.assert(fc.property(anyNumber, (value) => void expect(printNumber(value)).toMatch(/^\d+\.\d{3}$/)))
})

test('a number is printed as its minimum if it is smaller', () => {
  expect([0, -3, Number.NaN, 1e-9].map((value) => printNumber(value, { min: 0.001 }))).toEqual(Array(4).fill('0.001'))
})

const audio = { index: 1, codec: 'aac', channels: 2 }

const createSource = (durationSeconds: number | null, fps: number | null): [ConversionSource, VideoStream] => {
  const video: VideoStream = { index: 0, codec: 'h264', width: 320, height: 180, fps, hdr: false, alpha: false }
  const source: ConversionSource = {
    inputPath: '/in',
    workspacePath: '/work',
    mediaInfo: { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds, width: 320, height: 180 },
    probe: {
      container: 'mov',
      confidence: 100,
      durationSeconds,
      video,
      audio,
      hasCoverPicture: false,
      hasUnreadableStream: false,
      warnings: '',
    },
    orientation: 1,
    cores: 2,
    toneMapping: true,
  }
  return [source, video]
}

test('no plan prints a number that ffmpeg misreads, whatever a file states', () => {
  fc.assert(
    fc.property(fc.option(anyNumber), fc.option(anyNumber), anyNumber, (durationSeconds, fps, atSeconds) => {
      const [source, video] = createSource(durationSeconds, fps)
      const samples = chooseStrategies(durationSeconds).flatMap((strategy) =>
        strategy.type === 'window'
          ? planWindow(source, video, strategy)
          : strategy.atSeconds.map((point) => planKeyframe(source, video, { atSeconds: point, name: 'a' })),
      )
      const plans = [planGif(source, video, atSeconds), planWaveform(source, audio), planWebm(source), ...samples]
      const printed = plans.flatMap(({ pass }) => [...pass.inputOptions, ...pass.outputOptions]).join(' ')
      expect(printed).not.toMatch(/NaN|Infinity|undefined|\d[eE][+-]?\d|-(ss|t) -|[=:]-\d|fps=0\.0+\b|duration=0\.0+\b/)
    }),
    { numRuns: 1000 },
  )
})
