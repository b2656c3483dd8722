import { join } from 'node:path'
import { toFileUrl } from '../limits.ts'
import type { Pass } from '../pass/pass.ts'
import type { AudioStream } from '../probe.ts'
import { printNumber } from './numbers.ts'
import { allParts, type OptionalParts } from './optionalParts.ts'
import { quickTimeoutMs, type RenditionPlan, stripMetadataOptions } from './renditionPlan.ts'
import { createMonoPan } from './soundFilter.ts'
import { type ConversionSource, createInputOptions } from './source.ts'

const waveformSettings = { width: 640, height: 180, background: '0x0f172a', waveColor: '0x38bdf8' }
const maxWaveformSamples = 40_000_000

/** Filter that draws the waveform of a whole recording on a background. */
const createWaveformFilter = (audio: AudioStream, sampleRate: number, { sound }: OptionalParts): string => {
  const { width, height, background, waveColor } = waveformSettings
  const monoFilter = sound === 'panned' ? createMonoPan(audio.channels) : 'aformat=channel_layouts=mono'
  const waveformFilter = `[0:${audio.index}]${monoFilter},aresample=${printNumber(sampleRate, { min: 500, decimals: 0 })},showwavespic=s=${width}x${height}`
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
      ...[
        '-filter_complex',
        createWaveformFilter(audio, sampleRate, source.parts ?? allParts),
        '-frames:v',
        '1',
        ...stripMetadataOptions,
      ],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2'],
    ],
    output: toFileUrl(outputPath),
    expectedSeconds: null,
    timeoutMs: quickTimeoutMs + seconds * 1000,
  }
  return { pass, outputPath, mimeType: 'image/jpeg', size }
}
