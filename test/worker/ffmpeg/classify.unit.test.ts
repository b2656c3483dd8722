import { expect, test } from 'vitest'
import { chooseRoute } from '../../../worker/ffmpeg/classification/chooseRoute.ts'
import { toMediaInfo } from '../../../worker/ffmpeg/classification/mediaInfo.ts'
import { refineFailure, validateProbe } from '../../../worker/ffmpeg/classification/refusals.ts'
import { createFailure } from '../../../worker/ffmpeg/failures.ts'
import type { FileSignature } from '../../../worker/ffmpeg/fileSignature.ts'
import { parseProbe } from '../../../worker/ffmpeg/probe.ts'
import { decodeText } from '../../../worker/ffmpeg/textDecoding.ts'

const createSignature = (overrides: Partial<FileSignature>): FileSignature => ({
  sizeBytes: 100,
  detectedMimeType: null,
  isText: false,
  charset: null,
  head: '',
  fileName: 'file',
  declaredMimeType: null,
  ...overrides,
})
const routeText = (fileName: string, head: string, declaredMimeType: string | null = null) =>
  chooseRoute(createSignature({ fileName, head, isText: true, declaredMimeType }))
const documentOf = (mimeType: string) => ({
  type: 'settled',
  result: { ok: true, mediaInfo: { kind: 'DOCUMENT', mimeType } },
})
const rejectedWith = (code: string) => ({
  type: 'settled',
  result: { ok: false, mediaInfo: { kind: 'OTHER' }, failure: { code } },
})

test.each([
  ['notes.md', '# Hello', null, documentOf('text/markdown')],
  ['table.csv', 'a;b', 'application/vnd.ms-excel', documentOf('text/csv')],
  ['program.ts', 'export {}', 'video/mp2t', documentOf('text/plain')],
  ['speech.txt', 'v=0\nis where it starts', null, documentOf('text/plain')],
  ['page.txt', '<!-- x --> <html><script>', null, documentOf('text/html')],
  ['drawing.svg', '<?xml version="1.0"?><svg>', 'image/svg+xml', { type: 'picture', mimeType: 'image/svg+xml' }],
  ['drawing.txt', '<svg onload="x()">', null, { type: 'picture', mimeType: 'image/svg+xml' }],
  ['drawing.png', '<svg>', 'image/png', rejectedWith('NOT_MEDIA')],
  ['lecture.mp4', 'hello', null, rejectedWith('NOT_MEDIA')],
  ['lecture', 'hello', 'video/mp4', rejectedWith('NOT_MEDIA')],
  ['lecture.mp4', '#EXTM3U\nhttp://x', 'video/mp4', rejectedWith('PLAYLIST')],
  ['lecture.mkv', 'ffconcat version 1.0', null, rejectedWith('PLAYLIST')],
  ['lecture.avi', 'v=0\r\no=-', null, rejectedWith('PLAYLIST')],
  ['lecture.mp4', '<?xml version="1.0"?>\n<MPD xmlns="x">', null, rejectedWith('PLAYLIST')],
  ['list.m3u8', '#EXTM3U', 'application/vnd.apple.mpegurl', rejectedWith('PLAYLIST')],
])(
  'the text %s that starts with %j and is declared as %s is routed by its content',
  (fileName, head, declared, expected) => {
    expect(routeText(fileName, head, declared)).toMatchObject(expected)
  },
)

test.each([
  ['application/pdf', 'a.pdf', { ok: true, mediaInfo: { kind: 'DOCUMENT' } }],
  [
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'a.docx',
    { mediaInfo: { kind: 'DOCUMENT' } },
  ],
  ['application/vnd.oasis.opendocument.text', 'a.odt', { mediaInfo: { kind: 'DOCUMENT' } }],
  ['application/x-cfb', 'a.ppt', { mediaInfo: { kind: 'DOCUMENT', mimeType: 'application/vnd.ms-powerpoint' } }],
  ['application/zip', 'a.zip', { ok: true, mediaInfo: { kind: 'OTHER' } }],
  ['application/zip', 'a.mp4', { ok: false, failure: { code: 'NOT_MEDIA' }, mediaInfo: { kind: 'OTHER' } }],
  ['application/x-msdownload', 'a.exe', { ok: true, mediaInfo: { kind: 'OTHER' } }],
  ['audio/midi', 'a.mid', { ok: true, mediaInfo: { kind: 'OTHER' } }],
  ['image/vnd.adobe.photoshop', 'a.psd', { ok: true, mediaInfo: { kind: 'IMAGE' } }],
  ['image/jxl', 'a.jxl', { ok: true, mediaInfo: { kind: 'IMAGE' } }],
  ['image/x-canon-cr2', 'a.cr2', { ok: true, mediaInfo: { kind: 'IMAGE' } }],
])('the type %s with the name %s needs no probe', (detectedMimeType, fileName, result) => {
  expect(chooseRoute(createSignature({ detectedMimeType, fileName }))).toMatchObject({ type: 'settled', result })
})

test('the type of the bytes outweighs the name', () => {
  expect(chooseRoute(createSignature({ detectedMimeType: 'image/png', fileName: 'a.mp4' }))).toMatchObject({
    type: 'image',
    demuxer: 'png_pipe',
  })
  expect(chooseRoute(createSignature({ detectedMimeType: 'video/mp4', fileName: 'a.txt' }))).toMatchObject({
    type: 'recording',
  })
})

test('an empty file is refused as empty', () => {
  expect(chooseRoute(createSignature({ sizeBytes: 0, fileName: 'a.mp4' }))).toMatchObject(rejectedWith('EMPTY_FILE'))
})

const createProbe = (streams: object[], format: object = {}) =>
  parseProbe(
    JSON.stringify({ streams, format: { format_name: 'mov,mp4', probe_score: 100, duration: '5', ...format } }),
    '',
  )
const h264 = { index: 0, codec_type: 'video', codec_name: 'h264', width: 1920, height: 1080, avg_frame_rate: '30/1' }
const aac = { index: 1, codec_type: 'audio', codec_name: 'aac', channels: 2 }
const recording = { type: 'recording', mimeType: 'video/mp4' } as const

test.each([
  ['a tag', { tags: { rotate: '90' } }],
  ['side data', { side_data_list: [{ side_data_type: 'Display Matrix', rotation: -90 }] }],
])('a rotation in %s swaps the displayed width and height', (_, rotation) => {
  expect(createProbe([{ ...h264, ...rotation }]).video).toMatchObject({ width: 1080, height: 1920 })
})

test('a pixel aspect ratio above 1 widens the displayed size', () => {
  const dv = { ...h264, width: 720, height: 576, sample_aspect_ratio: '64:45' }
  expect(createProbe([dv]).video).toMatchObject({ width: 1024, height: 576 })
})

test.each([
  ['with', { disposition: { attached_pic: 1 } }],
  ['without', {}],
])('sound with a cover picture %s the cover mark is AUDIO', (_, mark) => {
  const cover = { index: 0, codec_type: 'video', codec_name: 'mjpeg', width: 500, height: 500, avg_frame_rate: '0/0' }
  const probe = createProbe([{ ...cover, ...mark }, aac])
  expect(probe).toMatchObject({ video: null, audio: { index: 1 }, hasCoverPicture: true })
  expect(toMediaInfo(createSignature({ detectedMimeType: 'audio/x-m4a' }), recording, probe, 1)).toMatchObject({
    kind: 'AUDIO',
    mimeType: 'audio/mp4',
    width: null,
  })
})

test('an unreadable sound stream does not hide a readable one', () => {
  const spatialAudio = { index: 1, codec_type: 'audio', codec_name: 'unknown' }
  expect(createProbe([h264, spatialAudio, { ...aac, index: 2 }])).toMatchObject({
    audio: { index: 2 },
    hasUnreadableStream: true,
  })
})

test('video/mp4 without a video stream is audio/mp4', () => {
  expect(
    toMediaInfo(createSignature({ detectedMimeType: 'video/mp4' }), recording, createProbe([aac]), 1),
  ).toMatchObject({
    kind: 'AUDIO',
    mimeType: 'audio/mp4',
    durationSeconds: 5,
  })
})

test.each([
  ['no stream', createProbe([]), 'NO_CONTENT'],
  ['only unknown streams', createProbe([{ index: 0, codec_type: 'video' }]), 'UNSUPPORTED_CODEC'],
  ['too many pixels', createProbe([{ ...h264, width: 16_000, height: 16_000 }]), 'TOO_LARGE'],
])('a probe with %s is refused', (_, probe, code) => {
  expect(validateProbe(recording, probe)).toMatchObject({ code })
})

test('a file that the tool cannot read for no stated reason is refused as damaged', () => {
  expect(refineFailure(recording, createFailure('TOOL_FAILED'))).toMatchObject({ code: 'DAMAGED' })
})

test('a format recognised with low confidence is refused', () => {
  expect(validateProbe({ type: 'guess' }, createProbe([aac], { probe_score: 1 }))).toMatchObject({ code: 'NOT_MEDIA' })
})

test('a format recognised with high confidence is accepted', () => {
  expect(validateProbe({ type: 'guess' }, createProbe([aac]))).toBeNull()
})

test('UTF-8 that is cut inside a character is decoded', () => {
  expect(decodeText(Buffer.from('Zoë').subarray(0, 3))?.text).toBe('Zo')
})

test('UTF-16 with a byte order mark is decoded', () => {
  expect(decodeText(Buffer.from('\ufeffZoë', 'utf16le'))?.text).toContain('Zoë')
})

test('an older Western encoding is decoded', () => {
  expect(decodeText(Buffer.from('Zoë has twelve points', 'latin1'))?.text).toBe('Zoë has twelve points')
})

test('binary data is not decoded as text', () => {
  expect(decodeText(Buffer.from([0x00, 0x01, 0x02]))).toBeNull()
})
