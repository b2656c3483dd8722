import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensureDebianTool } from './debianTool.mjs'
import { printLine } from './runtime.mjs'

/**
 * Provides a second build of ffmpeg, with which the tests examine odd files again: the one at SECOND_FFMPEG_PATH,
 * or the bundled one beside the machine's, otherwise Debian's package, unpacked into .cache without root. Without any, those
 * tests are skipped.
 */
export const offerSecondFfmpeg = () => {
  if (process.env.SECOND_FFMPEG_PATH || process.env.FFMPEG_PATH) return
  const folders = (process.env.PATH ?? '').split(delimiter)
  if (folders.some((path) => existsSync(join(path, 'ffmpeg')))) return
  try {
    ensureDebianTool({
      packageName: 'ffmpeg',
      programs: ['ffmpeg', 'ffprobe'],
      versionArgument: '-version',
      // Debian links these with the help of scripts that run as root.
      libraryFolders: ['blas', 'lapack', 'pulseaudio'],
      advice: 'To run the tests with a second ffmpeg, set SECOND_FFMPEG_PATH and SECOND_FFPROBE_PATH.',
    })
  } catch (error) {
    printLine(`Tests with a second ffmpeg are skipped: ${error.message}`)
  }
}
