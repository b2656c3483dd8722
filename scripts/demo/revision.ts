import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { MediaKind } from '../../client/generated/documents.ts'
import type { FfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'

const picture = ['-f', 'lavfi', '-i', 'smptebars=s=640x360:r=25:d=4']
const tone = ['-f', 'lavfi', '-i', 'sine=frequency=330:d=4']
const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p']

const revisionFormats = {
  VIDEO: { name: 'revised.mp4', output: [...picture, ...tone, ...h264, '-c:a', 'aac'] },
  AUDIO: { name: 'revised.wav', output: tone },
  IMAGE: { name: 'revised.png', output: [...picture, '-frames:v', '1'] },
} as const

/** Generates a short file of the same kind, to replace the media with; null for the kind OTHER. */
export const makeRevision = async (
  kind: MediaKind,
  folder: string,
  binaries: FfmpegBinaries,
): Promise<string | null> => {
  await mkdir(folder, { recursive: true })
  if (kind === 'OTHER') return null
  if (kind === 'DOCUMENT') return writeText(join(folder, 'revised.txt'), 'The revised edition.\n')
  const { name, output } = revisionFormats[kind]
  const path = join(folder, name)
  await promisify(execFile)(binaries.ffmpegPath, ['-v', 'error', '-y', ...output, path])
  return path
}

const writeText = async (path: string, text: string): Promise<string> => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

/** Writes three small text files, with the same content in every run. */
export const makeHandouts = (folder: string): Promise<string[]> =>
  Promise.all([1, 2, 3].map((n) => writeText(join(folder, `handout-${n}.txt`), `Exercises for week ${n}.\n`)))

/** Writes a small text file with another content in each run. */
export const makeNotice = (folder: string): Promise<string> =>
  writeText(join(folder, 'notice.txt'), `The room has changed, ${new Date().toISOString()}.\n`)
