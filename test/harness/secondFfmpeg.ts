import { join } from 'node:path'
import { type FfmpegConfig, findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { findBundledPath } from '../../worker/ffmpeg/bundledTool.ts'

const cacheFolder = join(import.meta.dirname, '..', '..', '.cache', 'ffmpeg')

/**
 * Finds another build of ffmpeg than the tests use: the configured one, otherwise the bundled one, or, where that is in
 * use, the one that `npm test` downloads. Null without any.
 */
export const findSecondFfmpeg = async (): Promise<FfmpegConfig | null> => {
  const { FFMPEG_PATH, FFPROBE_PATH, SECOND_FFMPEG_PATH, SECOND_FFPROBE_PATH } = process.env
  if (SECOND_FFMPEG_PATH) return { ffmpegPath: SECOND_FFMPEG_PATH, ffprobePath: SECOND_FFPROBE_PATH }
  const { isBundled } = await findFfmpegBinaries({ ffmpegPath: FFMPEG_PATH, ffprobePath: FFPROBE_PATH })
  if (!isBundled) return { ffmpegPath: await findBundledPath('ffmpeg'), ffprobePath: await findBundledPath('ffprobe') }
  const downloaded = { ffmpegPath: join(cacheFolder, 'ffmpeg'), ffprobePath: join(cacheFolder, 'ffprobe') }
  return findFfmpegBinaries(downloaded).then(
    () => downloaded,
    () => null,
  )
}
