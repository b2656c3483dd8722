import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type FfmpegBinaries, findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'

export const clipSeconds = 3

/** Runs ffmpeg and resolves to what it printed. */
export const runTool = async (path: string, toolArguments: string[]): Promise<string> => {
  const child = spawn('nice', ['-n', '10', path, '-nostats', ...toolArguments], { stdio: ['ignore', 'ignore', 'pipe'] })
  const [output, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`ffmpeg exited with ${code}: ${output.slice(-2000)}`)
  return output
}

/** Finds the build that the worker would use or, instead of the bundled one, the current one that `npm test` downloads. */
export const findCurrentBinaries = async (binaries: FfmpegBinaries): Promise<FfmpegBinaries> => {
  if (!binaries.isBundled) return binaries
  const folder = join(import.meta.dirname, '..', '..', '.cache', 'ffmpeg')
  const paths = { ffmpegPath: join(folder, 'ffmpeg'), ffprobePath: join(folder, 'ffprobe') }
  return findFfmpegBinaries(paths).catch(() => binaries)
}

/** Measures how similar a video is to its original in the same size: 1 if they are equal. */
export const measureSsim = async (
  ffmpegPath: string,
  { path, width, height }: { path: string; width: number | null; height: number | null },
  originalPath: string,
): Promise<number> => {
  const clock = 'settb=1/1000,setpts=PTS-STARTPTS'
  const filter = `[1:v]scale=${width}:${height}:flags=bicubic,setsar=1,format=yuv420p,${clock}[original];[0:v]${clock}[copy];[copy][original]ssim`
  const output = await runTool(ffmpegPath, ['-i', path, '-i', originalPath, '-lavfi', filter, '-f', 'null', '-'])
  return Number(/SSIM .*All:([\d.]+)/.exec(output)?.[1])
}
