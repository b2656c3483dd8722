import { writeFile } from 'node:fs/promises'
import type { Sharp } from 'sharp'
import { encodeThumbnails } from './encode.ts'
import type { WrittenThumbnails } from './protocol.ts'

/** Encodes a picture in each width, and writes the files beside each other. */
export const writeThumbnails = async (open: () => Sharp, outputPath: string): Promise<WrittenThumbnails> => {
  const { files, placeholder } = await encodeThumbnails(open)
  const written = files.map(async ({ width, bytes }) => {
    const path = `${outputPath}-${width}.webp`
    await writeFile(path, bytes)
    return { width, path }
  })
  return { files: await Promise.all(written), placeholder }
}
