import { execTool } from './exec.ts'
import { installAdvice } from './tool.ts'
import { findTool } from './toolPath.ts'

export interface FfmpegBinaries {
  ffmpegPath: string
  ffprobePath: string
  /** Version as the tool prints it, such as `5.1.9-0+deb12u1`. */
  version: string
  /** Major version; null for builds without a version number, such as the bundled build of 2018. */
  major: number | null
  /** True if the copy from npm is used, because neither the configuration nor PATH provides another. */
  isBundled: boolean
  /** True if the build can map high dynamic range to the standard range of screens. */
  canToneMap: boolean
}

const requiredEncoders = ['libvpx-vp9', 'libopus', 'gif', 'mjpeg', 'png']

const runTool = async (path: string, ...toolArguments: string[]): Promise<string> => {
  try {
    return (await execTool(path, toolArguments, { timeoutMs: 20_000 })).stdout
  } catch (cause) {
    throw new Error(`${path} does not run: ${installAdvice}.`, { cause })
  }
}

const requireEncoders = (ffmpegPath: string, encoders: string): void => {
  const missingEncoders = requiredEncoders.filter((encoder) => !new RegExp(`^ \\S+ +${encoder} `, 'm').test(encoders))
  if (missingEncoders.length > 0)
    throw new Error(`${ffmpegPath} lacks the encoders ${missingEncoders.join(', ')}: ${installAdvice}.`)
}

const parseVersion = (versionText: string): Pick<FfmpegBinaries, 'version' | 'major'> => {
  const version = /^ffmpeg version (\S+)/.exec(versionText)?.[1] ?? 'unknown'
  const major = /^n?(\d{1,2})\./.exec(version)?.[1]
  return { version, major: major ? Number(major) : null }
}

export interface FfmpegConfig {
  ffmpegPath?: string
  ffprobePath?: string
}

/**
 * Finds ffmpeg and ffprobe: at the configured path, else on PATH, else the copies from npm. Runs each once to check that
 * it works and has the required encoders.
 */
export const findFfmpegBinaries = async (config: FfmpegConfig = {}): Promise<FfmpegBinaries> => {
  const [ffmpeg, ffprobe] = await Promise.all([
    findTool('ffmpeg', config.ffmpegPath),
    findTool('ffprobe', config.ffprobePath),
  ])
  const [versionText, encoders, filters] = await Promise.all([
    runTool(ffmpeg.path, '-version'),
    runTool(ffmpeg.path, '-hide_banner', '-encoders'),
    runTool(ffmpeg.path, '-hide_banner', '-filters'),
    runTool(ffprobe.path, '-version'),
  ])
  requireEncoders(ffmpeg.path, encoders)
  return {
    ffmpegPath: ffmpeg.path,
    ffprobePath: ffprobe.path,
    ...parseVersion(versionText),
    isBundled: ffmpeg.isBundled,
    canToneMap: / zscale /.test(filters) && / tonemap /.test(filters),
  }
}
