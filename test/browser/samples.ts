import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { drawQuadrants } from '../harness/pictureSamples.ts'

const execute = promisify(execFile)

const encode = async (name: string, ...commandArguments: string[]): Promise<Buffer> => {
  const { ffmpegPath } = await findFfmpegBinaries({ ffmpegPath: process.env.FFMPEG_PATH })
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-browser-'))
  try {
    await execute(ffmpegPath, ['-v', 'error', '-nostdin', ...commandArguments, join(folder, name)])
    return await readFile(join(folder, name))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const film =
  (name: string, ...codec: string[]) =>
  () =>
    encode(name, '-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=10:duration=1', '-pix_fmt', 'yuv420p', ...codec)
const sound =
  (name: string, ...codec: string[]) =>
  () =>
    encode(name, '-f', 'lavfi', '-i', 'sine=duration=1', ...codec)

const createPdf = (): Buffer => {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>',
  ].map((object, index) => `${index + 1} 0 obj${object}endobj\n`)
  return Buffer.from(`%PDF-1.4\n${objects.join('')}trailer<</Root 1 0 R>>\n%%EOF\n`)
}

/** Makes a file of each type that the server shows inline. */
export const samples: Record<string, () => Promise<Buffer>> = {
  'image/jpeg': () => drawQuadrants(64, 32).jpeg().toBuffer(),
  'image/png': () => drawQuadrants(64, 32).png().toBuffer(),
  'image/gif': () => drawQuadrants(64, 32).gif().toBuffer(),
  'image/webp': () => drawQuadrants(64, 32).webp().toBuffer(),
  'image/avif': () => drawQuadrants(64, 32).avif().toBuffer(),
  'video/mp4': film('a.mp4', '-c:v', 'libx264', '-movflags', '+faststart'),
  'video/webm': film('a.webm', '-c:v', 'libvpx'),
  'video/ogg': film('a.ogv', '-c:v', 'libvpx'),
  'audio/mpeg': sound('a.mp3', '-c:a', 'libmp3lame'),
  'audio/mp4': sound('a.m4a', '-c:a', 'aac'),
  'audio/ogg': sound('a.ogg', '-c:a', 'libopus'),
  'audio/webm': sound('a.webm', '-c:a', 'libopus'),
  'audio/wav': sound('a.wav'),
  'audio/x-wav': sound('a.wav'),
  'audio/flac': sound('a.flac'),
  'audio/x-flac': sound('a.flac'),
  'application/pdf': async () => createPdf(),
  'text/plain': async () => Buffer.from('Notes in plain text'),
}
