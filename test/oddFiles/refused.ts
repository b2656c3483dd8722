import { deflateSync } from 'node:zlib'
import { createPngChunk } from '../harness/fixtures.ts'
import { film, h264 } from '../harness/oddFiles.ts'
import { drawQuadrants } from '../harness/pictureSamples.ts'
import type { OddFile, OddFileTable } from './row.ts'

const isRefused = (fileName: string, bytes: () => string | Buffer | Promise<Buffer>, code: string): OddFile => ({
  fileName,
  build: async () => Buffer.from(await bytes()),
  result: code,
})

const hls = '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'
const dash = '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>'

/** A PNG of a few bytes whose header declares a number of pixels on each side. */
const createPngBomb = (side: number): Buffer => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([8, 6, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    createPngChunk('IHDR', header),
    createPngChunk('IDAT', deflateSync(Buffer.alloc(4096))),
    createPngChunk('IEND', Buffer.alloc(0)),
  ])
}

const createJpegBomb = async (): Promise<Buffer> => {
  const bytes = await drawQuadrants(96, 64).jpeg().toBuffer()
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]))
  bytes.writeUInt16BE(16_400, frame + 5)
  bytes.writeUInt16BE(18_300, frame + 7)
  return bytes
}

/** Ten entities, each ten times as long as the one before. */
const createEntityBomb = (): string => {
  const entities = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')
  return `<!DOCTYPE svg [<!ENTITY e0 "0123456789">${entities}]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&e9;</text></svg>`
}

const cencOptions =
  '-encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff ' +
  '-encryption_kid 112233445566778899aabbccddeeff00'

export const refused: OddFileTable = {
  'an empty file': isRefused('lecture.mp4', () => '', 'EMPTY_FILE'),
  'zeros named like a film': isRefused('lecture.mp4', () => Buffer.alloc(50_000), 'NOT_MEDIA'),
  'a text named like a film': isRefused('lecture.mp4', () => 'This is not a video.\n'.repeat(50), 'NOT_MEDIA'),
  'an archive named like a film': isRefused(
    'lecture.mp4',
    () => Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex'),
    'NOT_MEDIA',
  ),
  'a page named like a photo': isRefused('photo.jpg', () => '<!doctype html><title>404</title>', 'NOT_MEDIA'),
  'an HLS playlist': isRefused('live.m3u8', () => hls, 'PLAYLIST'),
  'an HLS playlist named like a film': isRefused('lecture.mp4', () => hls, 'PLAYLIST'),
  'an HLS playlist with binary bytes behind it': isRefused(
    'lecture.mp4',
    () => Buffer.concat([Buffer.from(hls), Buffer.alloc(4)]),
    'NOT_MEDIA',
  ),
  'a DASH manifest named like a film': isRefused('lecture.mp4', () => dash, 'PLAYLIST'),
  'a list of files named like a film': isRefused(
    'lecture.mkv',
    () => "ffconcat version 1.0\nfile '/etc/passwd'\n",
    'PLAYLIST',
  ),
  'a session description named like a film': isRefused(
    'lecture.avi',
    () => 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n',
    'PLAYLIST',
  ),
  'an MP4 without frames': {
    fileName: 'lecture.mp4',
    build: (make) => make('none.mp4', `${film} -t 0 ${h264}`),
    result: 'NO_CONTENT',
  },
  'an encrypted MP4': {
    fileName: 'lecture.mp4',
    build: (make) => make('encrypted.mp4', `${film} ${h264} ${cencOptions}`),
    result: 'ENCRYPTED',
  },
  'a PNG of 3,600 megapixels': isRefused('bomb.png', () => createPngBomb(60_000), 'TOO_LARGE'),
  'a JPEG of 300 megapixels': isRefused('bomb.jpg', createJpegBomb, 'TOO_LARGE'),
  'an SVG of ten billion characters': isRefused('bomb.svg', createEntityBomb, 'TOO_LARGE'),
  'an SVG that is not well-formed': isRefused(
    'broken.svg',
    () => '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><circle r="20"></svg>',
    'DAMAGED',
  ),
  'an SVG of 17 MB': isRefused(
    'large.svg',
    () => `<svg xmlns="http://www.w3.org/2000/svg"><!--${'x'.repeat(17e6)}--></svg>`,
    'TOO_LARGE',
  ),
}
