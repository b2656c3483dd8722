/** Runs a single conversion until a test kills the process: `node convertUntilKilled.ts <input> <workspaces>`. */

import { findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { convert } from '../../worker/ffmpeg/convert.ts'
import { examine } from '../../worker/ffmpeg/examine.ts'
import { createWorkspaces } from '../../worker/ffmpeg/workspace.ts'

const [inputPath = '', root = ''] = process.argv.slice(2)
const binaries = await findFfmpegBinaries({
  ffmpegPath: process.env.FFMPEG_PATH,
  ffprobePath: process.env.FFPROBE_PATH,
})
const { mediaInfo } = await examine(binaries, inputPath, { fileName: inputPath })
await using workspace = await createWorkspaces(root).create()
await convert(
  binaries,
  { profile: 'WEBM', inputPath, mediaInfo, workspacePath: workspace.path, cores: 1 },
  { onProgress: (percent) => console.log(percent) },
)
