import { cut, film, h264, tone } from '../harness/oddFiles.ts'
import type { Make, OddFile, OddFileTable } from './row.ts'

const mp4 = (make: Make) => make('whole.mp4', `${film} ${tone} ${h264} -c:a aac -movflags +faststart`)
const fragments = (make: Make) =>
  make('fragments.mp4', `${film} ${h264} -movflags +frag_keyframe+empty_moov+default_base_moof`)

const endsAfter = '^The file ends after 1[12] s of 20 s.$'
const isCut = (fileName: string, options: string): OddFile => ({
  fileName,
  build: async (make) => cut(await make(fileName, options), 0.6),
  result: 12,
  warning: endsAfter,
})

export const cutRecordings: OddFileTable = {
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
