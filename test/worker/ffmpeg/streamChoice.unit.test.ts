import { expect, test } from 'vitest'
import { parseProbe } from '../../../worker/ffmpeg/probe.ts'

type Stream = Record<string, unknown>

const sound = (dispositions: string[] = [], overrides: Stream = {}): Stream => ({
  codec_type: 'audio',
  codec_name: 'aac',
  channels: 2,
  disposition: Object.fromEntries(dispositions.map((name) => [name, 1])),
  ...overrides,
})
const film = (dispositions: string[] = [], overrides: Stream = {}): Stream => ({
  ...sound(dispositions),
  codec_type: 'video',
  codec_name: 'h264',
  width: 640,
  height: 360,
  avg_frame_rate: '25/1',
  ...overrides,
})

const choose = (...streams: Stream[]) => {
  const numbered = streams.map((stream, index) => ({ index, ...stream }))
  const { video, audio } = parseProbe(JSON.stringify({ streams: numbered, format: { format_name: 'matroska' } }), '')
  return [video?.index, audio?.index]
}

const surround = { channels: 6 }
const large = { width: 1920, height: 1080 }

const choices: Record<string, [streams: Stream[], chosen: (number | undefined)[]]> = {
  'the first of equal streams': [
    [film(), film(), sound(), sound()],
    [0, 2],
  ],
  'the stream marked as default': [
    [film(), film(['default']), sound([], surround), sound(['default'])],
    [1, 3],
  ],
  'the most pixels and channels': [
    [film(), film([], large), sound(), sound([], surround)],
    [1, 3],
  ],
  'the most of several defaults': [
    [sound(['default']), sound(['default'], surround)],
    [undefined, 1],
  ],
  'no commentary marked as default': [
    [sound(['default', 'comment'], surround), sound()],
    [undefined, 1],
  ],
  'no audio description': [
    [sound(['visual_impaired', 'descriptions']), sound()],
    [undefined, 1],
  ],
  'no sound for the hard of hearing': [
    [sound(['hearing_impaired']), sound()],
    [undefined, 1],
  ],
  'a commentary if there is no other sound': [
    [film(), sound(['comment'])],
    [0, 1],
  ],
  'no larger cover picture': [
    [film(['attached_pic', 'default'], large), film(), sound()],
    [1, 2],
  ],
  'no cover picture as a film': [
    [film(['attached_pic']), sound()],
    [undefined, 1],
  ],
  'no sound of an unknown codec': [
    [sound(['default'], { codec_name: undefined }), sound()],
    [undefined, 1],
  ],
}

test.for(Object.entries(choices))('players choose %s', (entry) => {
  const [, [streams, chosen]] = entry
  expect(choose(...streams)).toEqual(chosen)
})

test('the sound belongs to the programme of the picture', () => {
  const streams = [film(), sound([], surround), film([], large), sound()].map((stream, index) => ({ index, ...stream }))
  const programs = [
    [0, 1],
    [2, 3],
  ].map((indexes) => ({ streams: indexes.map((index) => ({ index })) }))
  const { video, audio } = parseProbe(JSON.stringify({ streams, programs, format: { format_name: 'mpegts' } }), '')
  expect([video?.index, audio?.index]).toEqual([2, 3])
})
