import { chmod, copyFile, mkdir, rename, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { installAdvice, isExecutable, type Tool } from './tool.ts'

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

export const findBundledPath = async (tool: Tool): Promise<string> => {
  const require = createRequire(import.meta.url)
  try {
    const installer: unknown = require(`@${tool}-installer/${tool}`)
    return await ensureExecutable((installer as { path: string }).path, tool) // as: the ffprobe package has no types
  } catch (cause) {
    throw new Error(`No ${tool} found: ${installAdvice}.`, { cause })
  }
}
