import { expect, test } from 'vitest'
import { toMediaInfo as describeFile, route, validateProbe } from '../../../worker/ffmpeg/classify.ts'
import { decodeText, type FileSignature } from '../../../worker/ffmpeg/fileSignature.ts'
import { parseProbe } from '../../../worker/ffmpeg/probe.ts'

const createInspection = (over: Partial<FileSignature>): FileSignature => ({
  sizeBytes: 100,
  detectedMimeType: null,
  isText: false,
  head: '',
  fileName: 'file',
  declaredMimeType: null,
  ...over,
})
const text = (fileName: string, head: string, declaredMimeType: string | null = null) =>
  route(createInspection({ fileName, head, isText: true, declaredMimeType }))
const acceptedDocument = (mimeType: string) => ({
  type: 'settled',
  result: { ok: true, mediaInfo: { kind: 'DOCUMENT', mimeType } },
})
const rejectedWith = (code: string) => ({
  type: 'settled',
  result: { ok: false, mediaInfo: { kind: 'OTHER' }, failure: { code } },
})

test.each([
  ['notes.md', '# Hello', null, acceptedDocument('text/markdown')],
  ['table.csv', 'a;b', 'application/vnd.ms-excel', acceptedDocument('text/csv')],
  ['program.ts', 'export {}', 'video/mp2t', acceptedDocument('text/plain')],
  ['speech.txt', 'v=0\nis where it starts', null, acceptedDocument('text/plain')],
  ['page.txt', '<!-- x --> <html><script>', null, acceptedDocument('text/html')],
  ['drawing.svg', '<?xml version="1.0"?><svg>', 'image/svg+xml', acceptedDocument('image/svg+xml')],
  ['drawing.txt', '<svg onload="x()">', null, acceptedDocument('image/svg+xml')],
  ['drawing.png', '<svg>', 'image/png', rejectedWith('NOT_MEDIA')],
  ['lecture.mp4', 'hello', null, rejectedWith('NOT_MEDIA')],
  ['lecture', 'hello', 'video/mp4', rejectedWith('NOT_MEDIA')],
  ['lecture.mp4', '#EXTM3U\nhttp://x', 'video/mp4', rejectedWith('PLAYLIST')],
  ['lecture.mkv', 'ffconcat version 1.0', null, rejectedWith('PLAYLIST')],
  ['lecture.avi', 'v=0\r\no=-', null, rejectedWith('PLAYLIST')],
  ['lecture.mp4', '<?xml version="1.0"?>\n<MPD xmlns="x">', null, rejectedWith('PLAYLIST')],
  ['list.m3u8', '#EXTM3U', 'application/vnd.apple.mpegurl', rejectedWith('PLAYLIST')],
])('the text %s starting with %j, declared %s, is routed by what it is', (fileName, head, declared, expected) => {
  expect(text(fileName, head, declared)).toMatchObject(expected)
})

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
  ['image/heic', 'a.heic', { ok: false, mediaInfo: { kind: 'IMAGE' }, failure: { code: 'UNSUPPORTED_CODEC' } }],
  ['image/vnd.adobe.photoshop', 'a.psd', { ok: true, mediaInfo: { kind: 'OTHER' } }],
])('%s named %s needs no probing', (sniffed, fileName, result) => {
  expect(route(createInspection({ detectedMimeType: sniffed, fileName }))).toMatchObject({ type: 'settled', result })
})

test('what the bytes say outweighs the name', () => {
  expect(route(createInspection({ detectedMimeType: 'image/png', fileName: 'a.mp4' }))).toMatchObject({
    type: 'image',
    demuxer: 'png_pipe',
  })
  expect(route(createInspection({ detectedMimeType: 'video/mp4', fileName: 'a.txt' }))).toMatchObject({
    type: 'recording',
  })
})

test('an empty file is refused as such', () => {
  expect(route(createInspection({ sizeBytes: 0, fileName: 'a.mp4' }))).toMatchObject(rejectedWith('EMPTY_FILE'))
})

const probed = (streams: object[], format: object = {}) =>
  parseProbe(
    JSON.stringify({ streams, format: { format_name: 'mov,mp4', probe_score: 100, duration: '5', ...format } }),
  )
const h264 = { index: 0, codec_type: 'video', codec_name: 'h264', width: 1920, height: 1080, avg_frame_rate: '30/1' }
const aac = { index: 1, codec_type: 'audio', codec_name: 'aac', channels: 2 }
const recording = { type: 'recording', mimeType: 'video/mp4' } as const

test.each([
  ['a tag', { tags: { rotate: '90' } }],
  ['side data', { side_data_list: [{ side_data_type: 'Display Matrix', rotation: -90 }] }],
])('a rotation given by %s turns the displayed size', (_, mark) => {
  expect(probed([{ ...h264, ...mark }]).video).toMatchObject({ width: 1080, height: 1920 })
})

test('pixels that are not square widen the displayed size', () => {
  const dv = { ...h264, width: 720, height: 576, sample_aspect_ratio: '64:45' }
  expect(probed([dv]).video).toMatchObject({ width: 1024, height: 576 })
})

test('a cover picture makes no video, marked as one or not', () => {
  const cover = { index: 0, codec_type: 'video', codec_name: 'mjpeg', width: 500, height: 500, avg_frame_rate: '0/0' }
  for (const picture of [{ ...cover, disposition: { attached_pic: 1 } }, cover]) {
    const probe = probed([picture, aac])
    expect(probe).toMatchObject({ video: null, audio: { index: 1 }, hasCoverPicture: true })
    expect(describeFile(createInspection({ detectedMimeType: 'audio/x-m4a' }), recording, probe)).toMatchObject({
      kind: 'AUDIO',
      mimeType: 'audio/mp4',
      width: null,
    })
  }
})

test('a sound stream that nothing can read does not hide the one that can be', () => {
  const spatial = { index: 1, codec_type: 'audio', codec_name: 'unknown' }
  expect(probed([h264, spatial, { ...aac, index: 2 }])).toMatchObject({
    audio: { index: 2 },
    hasUnreadableStream: true,
  })
})

test('video/mp4 without a picture is audio/mp4', () => {
  expect(describeFile(createInspection({ detectedMimeType: 'video/mp4' }), recording, probed([aac]))).toMatchObject({
    kind: 'AUDIO',
    mimeType: 'audio/mp4',
    durationSeconds: 5,
  })
})

test.each([
  ['no stream', probed([]), 'NO_CONTENT'],
  ['only unknown streams', probed([{ index: 0, codec_type: 'video' }]), 'UNSUPPORTED_CODEC'],
  ['too many pixels', probed([{ ...h264, width: 16_000, height: 16_000 }]), 'TOO_LARGE'],
  ['too long', probed([h264], { duration: '90000' }), 'TOO_LARGE'],
])('%s is an objection', (_, probe, code) => {
  expect(validateProbe(recording, probe)).toMatchObject({ code })
})

test('chance bytes that look like a format are not believed', () => {
  expect(validateProbe({ type: 'guess' }, probed([aac], { probe_score: 1 }))).toMatchObject({ code: 'NOT_MEDIA' })
  expect(validateProbe({ type: 'guess' }, probed([aac]))).toBeNull()
})

test('text is UTF-8, also cut inside a character, UTF-16 with its mark, or an older encoding', () => {
  expect(decodeText(Buffer.from('Zoë').subarray(0, 3))).toBe('Zo')
  expect(decodeText(Buffer.from('\ufeffZoë', 'utf16le'))).toContain('Zoë')
  expect(decodeText(Buffer.from('Zoë has twelve points', 'latin1'))).toBe('Zoë has twelve points')
  expect(decodeText(Buffer.from([0x00, 0x01, 0x02]))).toBeNull()
})
