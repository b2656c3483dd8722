import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import { type FfmpegBinaries, findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'

const execute = promisify(execFile)

type FixtureContext = {
  binaries: FfmpegBinaries
  /** Runs ffmpeg with these arguments; the last one is the output path. */
  ffmpeg: (...commandArguments: string[]) => Promise<void>
  /** Path of another fixture. `name` is a plain string because FixtureName is derived from the fixtures themselves. */
  fixturePath: (name: string) => Promise<string>
}
type FixtureBuilder = (path: string, context: FixtureContext) => Promise<unknown>

const h264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 24'.split(' ')
const lavfi = (source: string) => ['-f', 'lavfi', '-i', source]
const tone = (seconds: number) => lavfi(`sine=frequency=440:duration=${seconds}`)
const testPattern = (size: string, seconds: number, rate = 24) =>
  lavfi(`testsrc2=size=${size}:rate=${rate}:duration=${seconds}`)

const truncateFile = async (fixturePath: string, targetPath: string, share: number) => {
  const bytes = await readFile(fixturePath)
  await writeFile(targetPath, bytes.subarray(0, Math.floor(bytes.length * share)))
}

export const createPngChunk = (type: string, data: Buffer) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

/** A PNG of 83 bytes whose header declares 60,000 × 60,000 pixels. */
const createOversizedPng = () => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(60_000, 0)
  header.writeUInt32BE(60_000, 4)
  header.set([8, 6, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    createPngChunk('IHDR', header),
    createPngChunk('IDAT', deflateSync(Buffer.alloc(4096))),
    createPngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** EXIF segment as a camera writes it: the orientation, and a place name that must not reach renditions. */
const createExifSegment = (orientation: number) => {
  const tiff = Buffer.alloc(8 + 2 + 2 * 12 + 4 + 16)
  tiff.write('II*\0', 0, 'latin1')
  tiff.writeUInt32LE(8, 4)
  tiff.writeUInt16LE(2, 8)
  tiff.writeUInt16LE(0x010e, 10)
  tiff.writeUInt16LE(2, 12)
  tiff.writeUInt32LE(12, 14)
  tiff.writeUInt32LE(38, 18)
  tiff.writeUInt16LE(0x0112, 22)
  tiff.writeUInt16LE(3, 24)
  tiff.writeUInt32LE(1, 26)
  tiff.writeUInt16LE(orientation, 30)
  tiff.write('SecretPlace\0', 38, 'latin1')
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])
  const marker = Buffer.from([0xff, 0xe1, 0, 0])
  marker.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([marker, body])
}

const playlist = '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'

/** Builders of the test files by name. A file is built on first use, most of them with ffmpeg. */
const fixtures = {
  // One second of black, then a test pattern.
  'clip.mp4': (path, { ffmpeg }) =>
    ffmpeg(
      ...testPattern('640x360', 4),
      ...tone(5),
      ...['-filter_complex', 'color=c=black:s=640x360:r=24:d=1[black];[black][0:v]concat=n=2:v=1[all]'],
      ...['-map', '[all]', '-map', '1:a', '-shortest', ...h264, '-c:a', 'aac', path],
    ),
  'silent.mp4': (path, { ffmpeg }) => ffmpeg(...testPattern('320x180', 1), ...h264, path),
  'vertical.mp4': async (path, { ffmpeg, fixturePath }) =>
    ffmpeg('-i', await fixturePath('silent.mp4'), '-c', 'copy', '-metadata:s:v:0', 'rotate=90', path),
  'odd.mkv': (path, { ffmpeg }) =>
    ffmpeg(...testPattern('202x150', 1), '-vf', 'scale=101:75,format=yuv444p', '-c:v', 'ffv1', path),
  'pixel.mkv': (path, { ffmpeg }) =>
    ffmpeg(...lavfi('color=red:s=8x8:r=5:d=1'), '-vf', 'scale=1:1,format=yuv444p', '-c:v', 'ffv1', path),
  'broadcast.ts': (path, { ffmpeg }) =>
    ffmpeg(...testPattern('320x180', 1), ...tone(1), ...h264, '-c:a', 'aac', '-metadata', 'service_name=Campus', path),
  'programme.mpg': (path, { ffmpeg }) => ffmpeg(...testPattern('320x180', 1), '-c:v', 'mpeg2video', path),
  'one-frame.mp4': (path, { ffmpeg }) => ffmpeg(...testPattern('320x180', 1), '-frames:v', '1', ...h264, path),
  'no-frames.mp4': (path, { ffmpeg }) => ffmpeg(...testPattern('320x180', 1), '-t', '0', ...h264, path),
  'black.mp4': (path, { ffmpeg }) => ffmpeg(...lavfi('color=black:s=320x180:r=24:d=2'), ...h264, path),
  'long.mp4': (path, { ffmpeg }) => ffmpeg(...testPattern('640x360', 120, 5), ...h264, path),
  'wide.mp4': (path, { ffmpeg }) => ffmpeg(...testPattern('1920x1080', 0.5), ...h264, path),
  'anamorphic.mp4': (path, { ffmpeg }) => ffmpeg(...testPattern('360x288', 0.5), '-vf', 'setsar=16/9', ...h264, path),
  'live.webm': async (path, { binaries }) => {
    const commandArguments = [
      ...testPattern('160x90', 2),
      '-c:v',
      'libvpx',
      '-deadline',
      'realtime',
      '-f',
      'webm',
      'pipe:1',
    ]
    const { stdout } = await execute(binaries.ffmpegPath, ['-v', 'error', ...commandArguments], {
      encoding: 'buffer',
      maxBuffer: 64e6,
    })
    await writeFile(path, stdout)
  },
  'index-missing.mp4': async (path, { fixturePath }) => truncateFile(await fixturePath('clip.mp4'), path, 0.5),
  'faststart.mp4': async (path, { ffmpeg, fixturePath }) =>
    ffmpeg('-i', await fixturePath('clip.mp4'), '-c', 'copy', '-movflags', '+faststart', path),
  'cut-off.mp4': async (path, { fixturePath }) => truncateFile(await fixturePath('faststart.mp4'), path, 0.6),
  'clip.webm': async (path, { ffmpeg }) =>
    ffmpeg(...testPattern('160x90', 2), '-c:v', 'libvpx', '-deadline', 'realtime', path),
  'cut-off.webm': async (path, { fixturePath }) => truncateFile(await fixturePath('clip.webm'), path, 0.6),

  'tone.mp3': (path, { ffmpeg }) => ffmpeg(...tone(3), '-c:a', 'libmp3lame', path),
  'tone.m4a': (path, { ffmpeg }) => ffmpeg(...tone(3), '-c:a', 'aac', path),
  'surround.wav': (path, { ffmpeg }) => ffmpeg(...tone(1), '-af', 'pan=5.1(side)|c0=c0|c1=c0|c2=c0', path),
  'cover.mp3': async (path, { ffmpeg, fixturePath }) =>
    ffmpeg(
      ...['-i', await fixturePath('tone.mp3'), '-i', await fixturePath('picture.png'), '-map', '0:a', '-map', '1:v'],
      ...['-c', 'copy', '-id3v2_version', '3', '-disposition:v', 'attached_pic', path],
    ),
  'cut-off.wav': async (path, { fixturePath }) => truncateFile(await fixturePath('surround.wav'), path, 0.5),

  'picture.png': (path, { ffmpeg }) => ffmpeg(...testPattern('300x200', 1), '-frames:v', '1', path),
  // The left half is black, the right half white.
  'photo.jpg': (path, { ffmpeg }) =>
    ffmpeg(
      ...lavfi('color=white:s=600x800,pad=1200:800:600:0:black'),
      ...['-frames:v', '1', '-pix_fmt', 'yuvj420p', '-q:v', '3', path],
    ),
  'held-sideways.jpg': async (path, { fixturePath }) => {
    const photo = await readFile(await fixturePath('photo.jpg'))
    await writeFile(path, Buffer.concat([photo.subarray(0, 2), createExifSegment(6), photo.subarray(2)]))
  },
  'transparent.png': (path, { ffmpeg }) =>
    ffmpeg(...lavfi('color=red@0.5:s=800x400,format=rgba'), '-frames:v', '1', path),
  'pixel.png': (path, { ffmpeg }) =>
    ffmpeg(...lavfi('color=red:s=8x8'), '-vf', 'scale=1:1,format=rgb24', '-frames:v', '1', path),
  'moving.gif': (path, { ffmpeg }) => ffmpeg(...testPattern('120x80', 1, 10), path),
  'picture.webp': (path, { ffmpeg }) => ffmpeg(...testPattern('300x200', 1), '-frames:v', '1', '-c:v', 'libwebp', path),
  'moving.webp': (path, { ffmpeg }) => ffmpeg(...testPattern('120x80', 1, 5), '-c:v', 'libwebp_anim', path),
  'cut-off.jpg': async (path, { fixturePath }) => truncateFile(await fixturePath('photo.jpg'), path, 0.5),
  'cut-off.png': async (path, { fixturePath }) => truncateFile(await fixturePath('picture.png'), path, 0.5),
  'enormous.png': (path) => writeFile(path, createOversizedPng()),

  'text.mp4': (path) => writeFile(path, 'This is not a video.\n'.repeat(50)),
  'noise.mp4': (path) => writeFile(path, Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * i * 31) >> 3))),
  'zeros.mp4': (path) => writeFile(path, Buffer.alloc(50_000)),
  'playlist.mp4': (path) => writeFile(path, playlist),
  'hidden-playlist.mp4': (path) => writeFile(path, Buffer.concat([Buffer.from(playlist), Buffer.alloc(4)])),
  'concat.mp4': (path) => writeFile(path, "ffconcat version 1.0\nfile '/etc/passwd'\n"),
  'session.mp4': (path) => writeFile(path, 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n'),
  'playlist.m3u8': (path) => writeFile(path, playlist),
  'empty.mp4': (path) => writeFile(path, ''),
  'archive.mp4': async (path, { fixturePath }) => writeFile(path, await readFile(await fixturePath('archive.zip'))),

  'archive.zip': (path) => writeFile(path, Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex')),
  'paper.pdf': (path) => writeFile(path, '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'),
  'table.csv': (path) => writeFile(path, 'name;points\nZoë;12\n'),
  'notes.md': (path) => writeFile(path, '# Notes\n\nv=0 is where it starts.\n'),
  'page.html': (path) => writeFile(path, '<!doctype html><title>x</title><script>alert(1)</script>'),
  'drawing.svg': (path) => writeFile(path, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  'drawing.png': (path) => writeFile(path, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  'program.ts': (path) => writeFile(path, 'export const answer = 42\n'),
} satisfies Record<string, FixtureBuilder>

export type FixtureName = keyof typeof fixtures
const fixtureNames = Object.keys(fixtures) as FixtureName[] // as: keys widens to string

export type MediaFixtures = AsyncDisposable & {
  binaries: FfmpegBinaries
  pathOf: (name: FixtureName) => Promise<string>
}

const throwUnknownFixture = (name: string): never => {
  throw new Error(`There is no fixture ${name}. Add it to test/harness/fixtures.ts.`)
}

/** Opens a temporary folder of fixtures. Disposing of it removes the folder (`await using`, or after all tests). */
export const openFixtures = async (): Promise<MediaFixtures> => {
  // Set these variables to test another build of ffmpeg than the one that is found.
  const binaries = await findFfmpegBinaries({
    ffmpegPath: process.env.FFMPEG_PATH,
    ffprobePath: process.env.FFPROBE_PATH,
  })
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-media-'))
  const paths = new Map<FixtureName, Promise<string>>()
  const context: FixtureContext = {
    binaries,
    ffmpeg: async (...commandArguments) => {
      await execute(binaries.ffmpegPath, ['-v', 'error', '-nostdin', '-y', ...commandArguments])
    },
    fixturePath: (name) =>
      pathOf(fixtureNames.find((fixtureName) => fixtureName === name) ?? throwUnknownFixture(name)),
  }
  const build = async (name: FixtureName) => {
    const path = join(folder, name)
    await fixtures[name](path, context)
    return path
  }
  const pathOf = (name: FixtureName) => {
    const path = paths.get(name) ?? build(name)
    paths.set(name, path)
    return path
  }
  return { binaries, pathOf, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
