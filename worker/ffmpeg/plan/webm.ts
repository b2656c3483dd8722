import { join } from 'node:path'
import { maxDurationSeconds, toFileUrl } from '../limits.ts'
import type { Pass } from '../pass/pass.ts'
import type { AudioStream, VideoStream } from '../probe.ts'
import { fitBox, type Size, toEvenSize } from '../profiles.ts'
import { allParts, type OptionalParts } from './optionalParts.ts'
import { createDeinterlaceFilter, createPictureFilter } from './pictureFilter.ts'
import { type RenditionPlan, stripMetadataOptions } from './renditionPlan.ts'
import { createStereoPan } from './soundFilter.ts'
import { type ConversionSource, createInputOptions } from './source.ts'
import { createVp9EncoderOptions } from './vp9.ts'

const webmSettings = { longSide: 1280, shortSide: 720, maxFps: 60, keyframeIntervalFrames: 240 }

/** Time limit of VP9: even a slow machine encodes at a twentieth of real time or faster. */
const computeWebmTimeoutMs = (seconds: number): number => 10 * 60_000 + seconds * 20_000

const createOpusOptions = (audio: AudioStream, { sound }: OptionalParts): string[] => [
  ...['-map', `0:${audio.index}`, '-c:a', 'libopus', '-vbr', 'on'],
  ...(sound === 'panned' ? ['-af', createStereoPan(audio.channels)] : []),
  // More than two channels are mixed down: libopus refuses some layouts that are common in AAC.
  ...(audio.channels === 1 && sound === 'mixed' ? ['-ac', '1', '-b:a', '64k'] : ['-ac', '2', '-b:a', '96k']),
  ...['-ar', '48000'],
]

const createVp9Options = (source: ConversionSource, video: VideoStream, size: Size): string[] => {
  // The filter `fps` drops all of a film that is shorter than half of one of its frames.
  const isLong = (source.mediaInfo.durationSeconds ?? 1) >= 1
  const filters = [
    ...(isLong && (video.fps ?? 0) > webmSettings.maxFps ? [`fps=${webmSettings.maxFps}`] : []),
    createPictureFilter(source, video, size),
    'format=yuv420p',
  ].join(',')
  return [
    ...['-map', `0:${video.index}`, '-vf', createDeinterlaceFilter(source, video) + filters],
    ...createVp9EncoderOptions(source, video, size),
    ...['-g', String(webmSettings.keyframeIntervalFrames)],
    ...['-threads', String(source.cores)],
  ]
}

export const planWebm = (source: ConversionSource): RenditionPlan => {
  const { video, audio } = source.probe
  const { parts = allParts } = source
  const size = video ? toEvenSize(fitBox(video, webmSettings)) : null
  const outputPath = join(source.workspacePath, 'recording.webm')
  const expectedSeconds = source.mediaInfo.durationSeconds ?? source.probe.durationSeconds
  const pass: Pass = {
    inputOptions: createInputOptions(source, []),
    input: toFileUrl(source.inputPath),
    outputOptions: [
      ...(video && size ? createVp9Options(source, video, size) : ['-vn']),
      ...(audio && parts.sound !== 'none' ? createOpusOptions(audio, parts) : ['-an']),
      ...stripMetadataOptions,
      ...['-max_muxing_queue_size', '4096', '-f', 'webm'],
    ],
    output: toFileUrl(outputPath),
    expectedSeconds,
    timeoutMs: computeWebmTimeoutMs(expectedSeconds ?? maxDurationSeconds),
  }
  return { pass, outputPath, mimeType: video ? 'video/webm' : 'audio/webm', size }
}
