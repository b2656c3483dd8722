import { constants } from 'node:fs'
import { access, chmod, copyFile, mkdir, rename, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { capture } from './exec.ts'

export type Binaries = {
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
const ADVICE =
  'install ffmpeg (for example `apt install ffmpeg` or `brew install ffmpeg`) or set FFMPEG_PATH and FFPROBE_PATH'
const REQUIRED_ENCODERS = ['libvpx-vp9', 'libopus', 'gif', 'mjpeg', 'png']

const executable = (path: string) =>
  access(path, constants.X_OK).then(
    () => stat(path).then((found) => found.isFile()),
    () => false,
  )

const onPath = async (tool: Tool) => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, tool)
    if (folder && (await executable(path))) return path
  }
}

/** Where only we can have put what lies in it. */
const privateFolder = async () => {
  for (const folder of [join(homedir(), '.cache', 'mediagraph'), join(tmpdir(), `mediagraph-${process.getuid?.()}`)]) {
    const found = await mkdir(folder, { recursive: true, mode: 0o700 })
      .then(() => stat(folder))
      .catch(() => null)
    const isOurs = found && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
    if (isOurs) return folder
  }
  throw new Error('There is no folder to copy it to.')
}

/** npm may have been told to run no install scripts: then the bundled file is there, but may not be executed. */
const madeExecutable = async (path: string, tool: Tool) => {
  if (await executable(path)) return path
  const changed = await chmod(path, 0o755).then(
    () => true,
    () => false,
  )
  if (changed && (await executable(path))) return path
  const folder = await privateFolder()
  const copy = join(folder, `${tool}-${(await stat(path)).size}`)
  if (await executable(copy)) return copy
  // Renamed into place: another process may be at it, too, or run it already.
  const unfinished = `${copy}-${process.pid}`
  await copyFile(path, unfinished)
  await chmod(unfinished, 0o700)
  await rename(unfinished, copy)
  return copy
}

const bundledPath = async (tool: Tool) => {
  const require = createRequire(import.meta.url)
  try {
    const installer: unknown = require(`@${tool}-installer/${tool}`)
    return await madeExecutable((installer as { path: string }).path, tool) // as: the package has no type for ffprobe
  } catch (cause) {
    throw new Error(`No ${tool} found: ${ADVICE}.`, { cause })
  }
}

const find = async (tool: Tool, configured: string | undefined) => {
  if (configured && !(await executable(configured))) {
    throw new Error(
      `${tool.toUpperCase()}_PATH is ${configured}, which is not an executable file: correct or unset it.`,
    )
  }
  const path = configured ?? (await onPath(tool))
  return path ? { path, bundled: false } : { path: await bundledPath(tool), bundled: true }
}

const ask = async (path: string, ...question: string[]) => {
  try {
    return (await capture(path, question, { deadlineMs: 20_000 })).stdout
  } catch (cause) {
    throw new Error(`${path} does not run: ${ADVICE}.`, { cause })
  }
}

/** Explicit path, then PATH, then the copies from npm; asked once at the start whether they can do what is needed. */
export const findBinaries = async (config: { ffmpegPath?: string; ffprobePath?: string } = {}): Promise<Binaries> => {
  const [ffmpeg, ffprobe] = await Promise.all([find('ffmpeg', config.ffmpegPath), find('ffprobe', config.ffprobePath)])
  const [versionText, encoders, filters] = await Promise.all([
    ask(ffmpeg.path, '-version'),
    ask(ffmpeg.path, '-hide_banner', '-encoders'),
    ask(ffmpeg.path, '-hide_banner', '-filters'),
    ask(ffprobe.path, '-version'),
  ])
  const missing = REQUIRED_ENCODERS.filter((encoder) => !new RegExp(`^ \\S+ +${encoder} `, 'm').test(encoders))
  if (missing.length > 0) throw new Error(`${ffmpeg.path} lacks the encoders ${missing.join(', ')}: ${ADVICE}.`)
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
