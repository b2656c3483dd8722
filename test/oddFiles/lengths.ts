import { film, h264, setWavSize, tone } from '../harness/oddFiles.ts'
import type { Make, OddFile, OddFileTable } from './row.ts'

const wav = (make: Make) => make('whole.wav', tone)
const broadcast = (make: Make, offsetSeconds: number) =>
  make(`from-${offsetSeconds}.ts`, `${film} ${tone} ${h264} -c:a aac -output_ts_offset ${offsetSeconds}`)

const beyondTheFile = [0, 0x7fffffff, 0x80000000, 0xffffffff, 0x7ffff000, 0xffffffdb]
export const unknownLengths: OddFileTable = {
  ...Object.fromEntries(
    beyondTheFile.map((sizeBytes): [string, OddFile] => [
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
