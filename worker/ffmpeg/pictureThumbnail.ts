import { join } from 'node:path'
import { ConversionError } from './failures.ts'
import { decodePicture } from './pictures/decode.ts'
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
  { inputPath, mimeType, workspacePath }: PictureFile,
  { hasSecondDecoder, signal }: { hasSecondDecoder: boolean; signal?: AbortSignal },
): Promise<RenditionOutput | null> => {
  const outputPath = join(workspacePath, 'thumbnail')
  try {
    const { output } = await decodePicture({ inputPath, mimeType, outputPath }, signal)
    return output && { outputPath: output.path, mimeType: output.mimeType }
  } catch (error) {
    if (hasSecondDecoder && error instanceof ConversionError) return null
    throw error
  }
}
