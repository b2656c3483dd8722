import { delimiter, join } from 'node:path'
import { findBundledPath } from './bundledTool.ts'
import { isExecutable, type Tool } from './tool.ts'

interface LocatedTool {
  path: string
  isBundled: boolean
}

const findOnPath = async (tool: Tool): Promise<string | undefined> => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, tool)
    if (folder && (await isExecutable(path))) return path
  }
  return undefined
}

export const findTool = async (tool: Tool, configuredPath: string | undefined): Promise<LocatedTool> => {
  if (configuredPath && !(await isExecutable(configuredPath))) {
    throw new Error(
      `${tool.toUpperCase()}_PATH is ${configuredPath}, which is not an executable file: correct or unset it.`,
    )
  }
  const path = configuredPath ?? (await findOnPath(tool))
  return path ? { path, isBundled: false } : { path: await findBundledPath(tool), isBundled: true }
}
