import { fileURLToPath } from 'node:url'
import { execTool } from '../exec.ts'
import type { MemoryLimit } from '../sandbox.ts'
import { type ThumbnailReply, type ThumbnailRequest, thumbnailReply } from './protocol.ts'

const processPath = fileURLToPath(new URL('./process.ts', import.meta.url))
const timeoutMs = 2 * 60_000

/** Node reserves far more address space than it uses, so that only the memory that it writes to can be limited. */
const memoryLimit: MemoryLimit = { limit: 'd', memoryKiB: 3 * 1024 * 1024 }

/**
 * Makes the small pictures of finished thumbnails, in one process for all of them. Rejects with a ConversionError if the
 * process fails, or with the signal's reason.
 */
export const makeThumbnails = async (request: ThumbnailRequest, signal?: AbortSignal): Promise<ThumbnailReply> => {
  const commandArguments = ['--no-warnings', processPath, JSON.stringify(request)]
  const { stdout } = await execTool(process.execPath, commandArguments, { signal, timeoutMs, memoryLimit })
  return thumbnailReply.parse(JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)))
}
