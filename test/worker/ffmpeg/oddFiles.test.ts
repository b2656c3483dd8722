import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { it as base } from '../../harness/filesIt.ts'
import { createOddFiles, cut, film, h264, type OddFiles, setWavSize, tone } from '../../harness/oddFiles.ts'

const test = base.extend('oddFiles', { scope: 'file' }, async ({ files }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-odd-'))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return createOddFiles(files.binaries.ffmpegPath, folder)
})

type Make = OddFiles['make']
interface Row {
  fileName: string
  build: (make: Make) => Promise<Buffer>
  /** Seconds that a READY file plays, null for pictures; or the code of the refusal. */
  result: number | null | string
  /** Pattern of the only warning; none without it. */
  warning?: string
}

const picture = '-f lavfi -i testsrc2=size=320x240 -frames:v 1'
const photo = (make: Make) => make('photo.jpg', `${picture} -q:v 3`)
const drawing = (make: Make) => make('drawing.png', picture)
const animation = (make: Make) => make('animation.gif', '-f lavfi -i testsrc2=size=120x80:rate=10:duration=1')
const wav = (make: Make) => make('whole.wav', tone)
const mp4 = (make: Make) => make('whole.mp4', `${film} ${tone} ${h264} -c:a aac -movflags +faststart`)
const fragments = (make: Make) =>
  make('fragments.mp4', `${film} ${h264} -movflags +frag_keyframe+empty_moov+default_base_moof`)
const broadcast = (make: Make, offsetSeconds: number) =>
  make(`from-${offsetSeconds}.ts`, `${film} ${tone} ${h264} -c:a aac -output_ts_offset ${offsetSeconds}`)
const behind = Buffer.from('behind the end '.repeat(9000))
const motion = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'), Buffer.alloc(9000, 0xa5)])

const pictures: Record<string, Row> = {
  'a JPEG without its end mark': {
    fileName: 'a.jpg',
    build: async (make) => (await photo(make)).subarray(0, -2),
    result: null,
  },
  'a JPEG with bytes behind its end': {
    fileName: 'a.jpg',
    build: async (make) => Buffer.concat([await photo(make), behind]),
    result: null,
  },
  'a motion photo': {
    fileName: 'a.jpg',
    build: async (make) => Buffer.concat([await photo(make), motion]),
    result: null,
  },
  'a motion photo without an end mark': {
    fileName: 'a.jpg',
    build: async (make) => Buffer.concat([(await photo(make)).subarray(0, -2), motion]),
    result: null,
  },
  'a JPEG that lacks its last bytes': {
    fileName: 'a.jpg',
    build: async (make) => (await photo(make)).subarray(0, -60),
    result: 'TRUNCATED',
  },
  'half a JPEG': { fileName: 'a.jpg', build: async (make) => cut(await photo(make), 0.5), result: 'TRUNCATED' },
  'a JPEG whose second half is zeros': {
    fileName: 'a.jpg',
    build: async (make) => Buffer.concat([cut(await photo(make), 0.5), Buffer.alloc(9000)]),
    result: 'TRUNCATED',
  },
  'a PNG without its end': {
    fileName: 'a.png',
    build: async (make) => (await drawing(make)).subarray(0, -12),
    result: null,
  },
  'a PNG with bytes behind its end': {
    fileName: 'a.png',
    build: async (make) => Buffer.concat([await drawing(make), behind]),
    result: null,
  },
  'half a PNG': { fileName: 'a.png', build: async (make) => cut(await drawing(make), 0.5), result: 'TRUNCATED' },
  'a GIF without its trailer': {
    fileName: 'a.gif',
    build: async (make) => (await animation(make)).subarray(0, -1),
    result: null,
  },
  'a GIF with bytes behind its trailer': {
    fileName: 'a.gif',
    build: async (make) => Buffer.concat([await animation(make), behind]),
    result: null,
  },
  'half an animated GIF': {
    fileName: 'a.gif',
    build: async (make) => cut(await animation(make), 0.5),
    result: null,
    warning: '^The file ends after 0\\.\\d s; how much is missing is unknown.$',
  },
  'a GIF that ends in its first picture': {
    fileName: 'a.gif',
    build: async (make) => cut(await animation(make), 0.05),
    result: 'TRUNCATED',
  },
  'half an animated PNG': {
    fileName: 'a.png',
    build: async (make) => cut(await make('a.png', '-f lavfi -i testsrc2=size=90x60:rate=10:duration=1 -f apng'), 0.5),
    result: null,
    warning: '^The file ends after 0\\.\\d s; how much is missing is unknown.$',
  },
  'half a BMP': {
    fileName: 'a.bmp',
    build: async (make) => cut(await make('a.bmp', picture), 0.5),
    result: 'TRUNCATED',
  },
}

const endsAfter = '^The file ends after 1[12] s of 20 s.$'
const isCut = (fileName: string, options: string): Row => ({
  fileName,
  build: async (make) => cut(await make(fileName, options), 0.6),
  result: 12,
  warning: endsAfter,
})

const cutRecordings: Record<string, Row> = {
  'a part of an MP3 with a Xing header': isCut('xing.mp3', `${tone} -c:a libmp3lame`),
  'a part of an MP3 without a header': {
    ...isCut('plain.mp3', `${tone} -c:a libmp3lame -write_xing 0`),
    warning: undefined,
  },
  'a part of a WAV': isCut('part.wav', tone),
  'a part of an RF64': isCut('large.wav', `${tone} -rf64 always`),
  'a part of a CAF': isCut('part.caf', tone),
  'a part of a FLAC': isCut('part.flac', tone),
  'a part of an AIFF': isCut('part.aiff', tone),
  'a part of an Ogg': {
    ...isCut('part.ogg', `${tone} -c:a libvorbis`),
    warning: '^The file ends after 1[12] s; how much is missing is unknown.$',
  },
  'a part of an MP4': isCut('part.mp4', `${film} ${tone} ${h264} -c:a aac -movflags +faststart`),
  'a part of an MP4 whose index is at its end': {
    ...isCut('late.mp4', `${film} ${h264}`),
    result: 'TRUNCATED',
    warning: undefined,
  },
  'a part of a fragmented MP4': {
    fileName: 'a.mp4',
    build: async (make) => cut(await fragments(make), 0.6),
    result: 12,
    warning: '^The file ends after 1[12] s; how much is missing is unknown.$',
  },
  'a part of an MKV': isCut('part.mkv', `${film} ${tone} ${h264} -c:a aac`),
  'a part of a WebM': isCut('part.webm', `${film} -c:v libvpx -deadline realtime`),
  'a part of an AVI': isCut('part.avi', `${film} ${tone} -c:v mpeg4 -c:a libmp3lame`),
  'a part of an FLV': isCut('part.flv', `${film} ${h264}`),
  'a part of a WMV': isCut('part.wmv', `${film} ${tone} -c:v msmpeg4`),
  'a part of a TS': { ...isCut('part.ts', `${film} ${h264}`), warning: undefined },
  'a part of an MPEG': { ...isCut('part.mpg', `${film} -c:v mpeg2video`), warning: undefined },
  'an MP4 of which nothing playable is there': {
    fileName: 'a.mp4',
    build: async (make) => {
      const bytes = await mp4(make)
      return bytes.subarray(0, bytes.indexOf('mdat') + 8)
    },
    result: 'TRUNCATED',
  },
  'an MP4 that lacks only a part without any content': {
    fileName: 'a.mp4',
    build: async (make) => Buffer.concat([await mp4(make), Buffer.from('\0\0\x10\0free', 'latin1')]),
    result: 20,
  },
  'a fragmented MP4': { fileName: 'a.mp4', build: fragments, result: 20 },
}

const beyondTheFile = [0, 0x7fffffff, 0x80000000, 0xffffffff, 0x7ffff000, 0xffffffdb]
const sizesAndLengths: Record<string, Row> = {
  ...Object.fromEntries(
    beyondTheFile.map((sizeBytes): [string, Row] => [
      `a WAV of 0x${sizeBytes.toString(16)} bytes`,
      { fileName: 'a.wav', build: async (make) => setWavSize(await wav(make), sizeBytes), result: 20 },
    ]),
  ),
  'a CAF whose recorder has not finished': {
    fileName: 'a.caf',
    build: async (make) => {
      const caf = Buffer.from(await make('whole.caf', tone))
      caf.writeBigInt64BE(-1n, caf.indexOf('data') + 4)
      return caf
    },
    result: 20,
  },
  'a FLAC behind a tag': {
    fileName: 'a.flac',
    build: async (make) => {
      const tag = Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\x01\0', 'latin1'), Buffer.alloc(128)])
      return Buffer.concat([tag, await make('tagged.flac', tone)])
    },
    result: 20,
  },
  'an AAC that starts quietly': {
    fileName: 'a.aac',
    build: (make) => make('a.aac', `-f lavfi -i aevalsrc=if(gt(t\\,10)\\,random(0)\\,0):d=20 -c:a aac`),
    result: 20,
  },
  'a TS whose clock jumps by an hour': {
    fileName: 'a.ts',
    build: async (make) => Buffer.concat([await broadcast(make, 0), await broadcast(make, 3600)]),
    result: 40,
  },
  'a TS whose clock jumps by 25 hours': {
    fileName: 'a.ts',
    build: async (make) => Buffer.concat([await broadcast(make, 0), await broadcast(make, 90_000)]),
    result: 40,
  },
  'a TS whose clock starts again': {
    fileName: 'a.ts',
    build: async (make) => Buffer.concat([await broadcast(make, 3600), await broadcast(make, 0)]),
    result: 40,
  },
  'an MP3 of two parts, of which the header counts the first': {
    fileName: 'a.mp3',
    build: async (make) => {
      const part = await make('part.mp3', `${tone} -c:a libmp3lame`)
      return Buffer.concat([part, part])
    },
    result: 40,
  },
}

test.for(Object.entries({ ...pictures, ...cutRecordings, ...sizesAndLengths }))(
  '%s gets the expected verdict',
  async ([, { fileName, build, result, warning }], { files, oddFiles }) => {
    const path = oddFiles.pathOf(`examined-${fileName}`)
    await writeFile(path, await build(oddFiles.make))
    const examination = await examine(files.binaries, path, { fileName })
    if (typeof result === 'string') {
      expect(examination).toMatchObject({ ok: false, failure: { code: result } })
      return
    }
    const durationSeconds = result === null ? null : expect.closeTo(result, -0.3)
    const warnings = warning ? [{ code: 'TRUNCATED', message: expect.stringMatching(warning) }] : []
    expect(examination).toMatchObject({ ok: true, mediaInfo: { durationSeconds }, warnings })
  },
)
