import { join } from 'node:path'
import { ConversionError } from './failures.ts'
import { copyPicture } from './pictures/decode.ts'
import type { RenditionOutput } from './renditionMakers.ts'

interface PictureFile {
  inputPath: string
  mimeType: string
  workspacePath: string
}

/**
 * Makes the thumbnail of a picture with the decoder that knows colour profiles and scales while it reads. Null if that
 * decoder refuses a picture that `hasSecondDecoder`: ffmpeg decodes fewer types, but tolerates more damage.
 */
export const makePictureThumbnail = async (
  { workspacePath, ...file }: PictureFile,
  { hasSecondDecoder, signal }: { hasSecondDecoder: boolean; signal?: AbortSignal },
): Promise<RenditionOutput | null> => {
  try {
    return await copyPicture(file, { size: 'small', path: join(workspacePath, 'thumbnail') }, signal)
  } catch (error) {
    if (hasSecondDecoder && error instanceof ConversionError) return null
    throw error
  }
}

/** Makes a copy in full size of a picture that browsers do not show. */
export const makeBrowserCopy = (
  { workspacePath, ...file }: PictureFile,
  signal?: AbortSignal,
): Promise<RenditionOutput> => copyPicture(file, { size: 'full', path: join(workspacePath, 'copy') }, signal)
