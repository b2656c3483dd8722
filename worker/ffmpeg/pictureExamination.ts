import { accept, acceptUndecoded, createMediaInfo, type ExaminationResult, reject } from './classification/route.ts'
import { ConversionError } from './failures.ts'
import { decodePicture } from './pictures/decode.ts'

type PictureResult = ExaminationResult & { probe: null }

/**
 * Examines a picture by decoding all of it. One that the decoder does not support is kept without size and renditions,
 * like the types that have no decoder: other software may show it.
 */
export const examinePicture = async (path: string, mimeType: string, signal?: AbortSignal): Promise<PictureResult> => {
  const acceptance = accept('IMAGE', mimeType)
  try {
    const { width, height } = await decodePicture({ inputPath: path, mimeType }, signal)
    return { ...acceptance, mediaInfo: { ...acceptance.mediaInfo, width, height }, probe: null }
  } catch (error) {
    if (!(error instanceof ConversionError) || error.failure.retryable) throw error
    // A library that crashes without a word could not read the picture.
    const code = error.failure.code === 'TOOL_FAILED' ? 'DAMAGED' : error.failure.code
    if (code === 'UNSUPPORTED_CODEC') return { ...acceptUndecoded(mimeType), probe: null }
    return { ...reject(code, createMediaInfo('IMAGE', mimeType)), probe: null }
  }
}

/** Lets the second decoder examine a picture that ffmpeg refused, such as one with more pixels than fit into its memory. */
export const examineAgain = async <Refusal extends Extract<ExaminationResult, { ok: false }>>(
  path: string,
  refusal: Refusal,
  signal?: AbortSignal,
): Promise<Refusal | PictureResult> => {
  if (refusal.failure.code === 'TRUNCATED') return refusal
  const result = await examinePicture(path, refusal.mediaInfo.mimeType, signal)
  const isMoreUseful = result.ok ? result.mediaInfo.width !== null : result.failure.code === 'TOO_LARGE'
  return isMoreUseful ? result : refusal
}
