import { writeFile } from 'node:fs/promises'
import type { Sharp } from 'sharp'
import { type EncodedThumbnails, encodeThumbnails } from './encode.ts'
import type { WrittenThumbnails } from './protocol.ts'

/** Writes the files of each width beside each other. */
export const writeFiles = async (
  { files, placeholder }: EncodedThumbnails,
  outputPath: string,
): Promise<WrittenThumbnails> => {
  const written = files.map(async ({ width, bytes }) => {
    const path = `${outputPath}-${width}.webp`
    await writeFile(path, bytes)
    return { width, path }
  })
  return { files: await Promise.all(written), placeholder }
}

/** Encodes a picture in each width, and writes the files beside each other. */
export const writeThumbnails = async (open: () => Sharp, outputPath: string): Promise<WrittenThumbnails> =>
  writeFiles(await encodeThumbnails(open), outputPath)
