import { constants } from 'node:fs'
import { access, chmod, copyFile, mkdir, rename, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execTool } from './exec.ts'

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

type Tool = 'ffmpeg' | 'ffprobe'

interface LocatedTool {
  path: string
  isBundled: boolean
}

const installAdvice =
  'install ffmpeg (for example `apt install ffmpeg` or `brew install ffmpeg`) or set FFMPEG_PATH and FFPROBE_PATH'
const requiredEncoders = ['libvpx-vp9', 'libopus', 'gif', 'mjpeg', 'png']

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => stat(path).then((stats) => stats.isFile()),
    () => false,
  )

const findOnPath = async (tool: Tool): Promise<string | undefined> => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, tool)
    if (folder && (await isExecutable(path))) return path
  }
  return undefined
}

/** Finds or creates a folder that only this user can write to. */
const ensurePrivateFolder = async (): Promise<string> => {
  for (const folder of [join(homedir(), '.cache', 'mediagraph'), join(tmpdir(), `mediagraph-${process.getuid?.()}`)]) {
    const stats = await mkdir(folder, { recursive: true, mode: 0o700 })
      .then(() => stat(folder))
      .catch(() => null)
    const isOurs = stats && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0
    if (isOurs) return folder
  }
  throw new Error('Neither the cache folder of this user nor the temporary folder is private and writable.')
}

/**
 * Returns the path of an executable copy of the bundled file. If npm was configured not to run install scripts, the
 * file exists but is not executable.
 */
const ensureExecutable = async (path: string, tool: Tool): Promise<string> => {
  if (await isExecutable(path)) return path
  const chmodSucceeded = await chmod(path, 0o755).then(
    () => true,
    () => false,
  )
  if (chmodSucceeded && (await isExecutable(path))) return path
  const folder = await ensurePrivateFolder()
  const copyPath = join(folder, `${tool}-${(await stat(path)).size}`)
  if (await isExecutable(copyPath)) return copyPath
  // Renamed into place, since another process may be copying it too, or already be running it.
  const temporaryPath = `${copyPath}-${process.pid}`
  await copyFile(path, temporaryPath)
  await chmod(temporaryPath, 0o700)
  await rename(temporaryPath, copyPath)
  return copyPath
}

const findBundledPath = async (tool: Tool): Promise<string> => {
  const require = createRequire(import.meta.url)
  try {
    const installer: unknown = require(`@${tool}-installer/${tool}`)
    return await ensureExecutable((installer as { path: string }).path, tool) // as: the ffprobe package has no types
  } catch (cause) {
    throw new Error(`No ${tool} found: ${installAdvice}.`, { cause })
  }
}

const findTool = async (tool: Tool, configuredPath: string | undefined): Promise<LocatedTool> => {
  if (configuredPath && !(await isExecutable(configuredPath))) {
    throw new Error(
      `${tool.toUpperCase()}_PATH is ${configuredPath}, which is not an executable file: correct or unset it.`,
    )
  }
  const path = configuredPath ?? (await findOnPath(tool))
  return path ? { path, isBundled: false } : { path: await findBundledPath(tool), isBundled: true }
}

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
