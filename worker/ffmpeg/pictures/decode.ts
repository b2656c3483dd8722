import { fileURLToPath } from 'node:url'
import { execTool } from '../exec.ts'
import { ConversionError, createFailure } from '../failures.ts'
import { thumbnailWidth } from '../plan/renditionPlan.ts'
import type { MemoryLimit } from '../sandbox.ts'
import { pictureDecoders } from './decoders.ts'
import { type PictureRequest, pictureReply } from './protocol.ts'

const processPath = fileURLToPath(new URL('./process.ts', import.meta.url))
const timeoutMs = 2 * 60_000

/** Node reserves far more address space than it uses, so that only the memory that it writes to can be limited. */
const memoryLimit: MemoryLimit = { limit: 'd', memoryKiB: 3 * 1024 * 1024 }

/** A copy is at most so high: a page that was scrolled and saved as one picture is narrow instead of endless. */
const maxSize = { width: thumbnailWidth, height: 4096 }

export interface DecodedPicture {
  /** Displayed size of the original. */
  width: number
  height: number
  output: { path: string; mimeType: string } | null
}

/**
 * Decodes a picture in a process of its own, and writes a small upright copy without metadata to `outputPath` plus an
 * extension. Rejects with a ConversionError, or with the signal's reason.
 */
export const decodePicture = async (
  { inputPath, mimeType, outputPath }: { inputPath: string; mimeType: string; outputPath: string | null },
  signal?: AbortSignal,
): Promise<DecodedPicture> => {
  const decoder = pictureDecoders[mimeType]
  if (decoder === undefined) throw new ConversionError(createFailure('UNSUPPORTED_CODEC'))
  const request: PictureRequest = { decoder, mimeType, inputPath, maxSize, outputPath }
  const commandArguments = ['--no-warnings', processPath, JSON.stringify(request)]
  const { stdout, stderr } = await execTool(process.execPath, commandArguments, { signal, timeoutMs, memoryLimit })
  const reply = pictureReply.parse(JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)))
  if (reply.ok) return reply
  throw new ConversionError(createFailure(reply.code), { stderr: `${reply.detail}\n${stderr}` })
}
