import { constants } from 'node:fs'
import { access, chmod, copyFile, mkdir, rename, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execTool } from './exec.ts'

export type FfmpegBinaries = {
  ffmpegPath: string
  ffprobePath: string
  /** As the tool tells it, `5.1.9-0+deb12u1`. */
  version: string
  /** Null for builds that carry no number, as the bundled one of 2018. */
  major: number | null
  /** True where the copy from npm is used, because neither configuration nor PATH names another. */
  bundled: boolean
  /** Whether high dynamic range can be mapped to what screens show. */
  toneMapping: boolean
}

type Tool = 'ffmpeg' | 'ffprobe'
const installAdvice =
  'install ffmpeg (for example `apt install ffmpeg` or `brew install ffmpeg`) or set FFMPEG_PATH and FFPROBE_PATH'
const requiredEncoders = ['libvpx-vp9', 'libopus', 'gif', 'mjpeg', 'png']

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => stat(path).then((stats) => stats.isFile()),
    () => false,
  )

const findOnPath = async (tool: Tool) => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, tool)
    if (folder && (await isExecutable(path))) return path
  }
}

/** Where only we can have put what lies in it. */
const ensurePrivateFolder = async () => {
  for (const folder of [join(homedir(), '.cache', 'mediagraph'), join(tmpdir(), `mediagraph-${process.getuid?.()}`)]) {
    const stats = await mkdir(folder, { recursive: true, mode: 0o700 })
      .then(() => stat(folder))
      .catch(() => null)
    const isOurs = stats && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0
    if (isOurs) return folder
  }
  throw new Error('There is no folder to copy it to.')
}

/** npm may have been told to run no install scripts: then the bundled file is there, but may not be executed. */
const ensureExecutable = async (path: string, tool: Tool) => {
  if (await isExecutable(path)) return path
  const chmodSucceeded = await chmod(path, 0o755).then(
    () => true,
    () => false,
  )
  if (chmodSucceeded && (await isExecutable(path))) return path
  const folder = await ensurePrivateFolder()
  const copyPath = join(folder, `${tool}-${(await stat(path)).size}`)
  if (await isExecutable(copyPath)) return copyPath
  // Renamed into place: another process may be at it, too, or run it already.
  const temporaryPath = `${copyPath}-${process.pid}`
  await copyFile(path, temporaryPath)
  await chmod(temporaryPath, 0o700)
  await rename(temporaryPath, copyPath)
  return copyPath
}

const findBundledPath = async (tool: Tool) => {
  const require = createRequire(import.meta.url)
  try {
    const installer: unknown = require(`@${tool}-installer/${tool}`)
    return await ensureExecutable((installer as { path: string }).path, tool) // as: the package has no type for ffprobe
  } catch (cause) {
    throw new Error(`No ${tool} found: ${installAdvice}.`, { cause })
  }
}

const findTool = async (tool: Tool, configuredPath: string | undefined) => {
  if (configuredPath && !(await isExecutable(configuredPath))) {
    throw new Error(
      `${tool.toUpperCase()}_PATH is ${configuredPath}, which is not an executable file: correct or unset it.`,
    )
  }
  const path = configuredPath ?? (await findOnPath(tool))
  return path ? { path, bundled: false } : { path: await findBundledPath(tool), bundled: true }
}

const runTool = async (path: string, ...toolArguments: string[]) => {
  try {
    return (await execTool(path, toolArguments, { timeoutMs: 20_000 })).stdout
  } catch (cause) {
    throw new Error(`${path} does not run: ${installAdvice}.`, { cause })
  }
}

/** Explicit path, then PATH, then the copies from npm; asked once at the start whether they can do what is needed. */
export const findFfmpegBinaries = async (
  config: { ffmpegPath?: string; ffprobePath?: string } = {},
): Promise<FfmpegBinaries> => {
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
  const missingEncoders = requiredEncoders.filter((encoder) => !new RegExp(`^ \\S+ +${encoder} `, 'm').test(encoders))
  if (missingEncoders.length > 0)
    throw new Error(`${ffmpeg.path} lacks the encoders ${missingEncoders.join(', ')}: ${installAdvice}.`)
  const version = /^ffmpeg version (\S+)/.exec(versionText)?.[1] ?? 'unknown'
  const major = /^n?(\d{1,2})\./.exec(version)?.[1]
  return {
    ffmpegPath: ffmpeg.path,
    ffprobePath: ffprobe.path,
    version,
    major: major ? Number(major) : null,
    bundled: ffmpeg.bundled,
    toneMapping: / zscale /.test(filters) && / tonemap /.test(filters),
  }
}
