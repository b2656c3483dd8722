import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { makeThumbnails } from './makeThumbnails.ts'

/** PNG of one pixel. */
const samplePng = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg=='

/**
 * Makes the thumbnails of a sample. If that rejects, the machine or the installation is at fault when a process fails,
 * otherwise its picture is.
 */
export const testThumbnails = async (
  make: typeof makeThumbnails,
  workspacePath: string,
  signal: AbortSignal,
): Promise<void> => {
  const inputPath = join(workspacePath, 'sample.png')
  await writeFile(inputPath, Buffer.from(samplePng, 'base64'))
  const [reply] = await make([{ inputPath, outputPath: join(workspacePath, 'sample') }], signal)
  if (reply?.ok !== true) throw new Error(`Failed to make thumbnails of a sample: ${reply?.detail}`)
}
