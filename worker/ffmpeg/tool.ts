import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'

export type Tool = 'ffmpeg' | 'ffprobe'

export const installAdvice =
  'install ffmpeg (for example `apt install ffmpeg` or `brew install ffmpeg`) or set FFMPEG_PATH and FFPROBE_PATH'

export const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => stat(path).then((stats) => stats.isFile()),
    () => false,
  )
