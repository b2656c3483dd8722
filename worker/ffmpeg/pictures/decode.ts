import { fileURLToPath } from 'node:url'
import { execTool } from '../exec.ts'
import { ConversionError, createFailure } from '../failures.ts'
import { thumbnailWidth } from '../plan/renditionPlan.ts'
import type { Size } from '../profiles.ts'
import type { MemoryLimit } from '../sandbox.ts'
import type { WrittenThumbnails } from '../thumbnails/protocol.ts'
import { pictureDecoders } from './decoders.ts'
import { type PictureCopy, type PictureReply, type PictureRequest, pictureReply } from './protocol.ts'

const processPath = fileURLToPath(new URL('./process.ts', import.meta.url))
/** Encoding 67 megapixels takes about as long as decoding them. */
const timeoutsMs = { none: 2 * 60_000, small: 2 * 60_000, full: 5 * 60_000 }

/** Node reserves far more address space than it uses, so that only the memory that it writes to can be limited. */
const memoryLimit: MemoryLimit = { limit: 'd', memoryKiB: 3 * 1024 * 1024 }

/** A small copy is at most so high: a page that was scrolled and saved as one picture is narrow instead of endless. */
const maxSize = { width: thumbnailWidth, height: 4096 }

interface PictureFile {
  inputPath: string
  mimeType: string
}

const runDecoder = async (
  { inputPath, mimeType }: PictureFile,
  copy: PictureCopy | null,
  signal: AbortSignal | undefined,
): Promise<Extract<PictureReply, { ok: true }>> => {
  const decoder = pictureDecoders[mimeType]
  if (decoder === undefined) throw new ConversionError(createFailure('UNSUPPORTED_CODEC'))
  const request: PictureRequest = { decoder, mimeType, inputPath, maxSize, copy }
  const commandArguments = ['--no-warnings', processPath, JSON.stringify(request)]
  const timeoutMs = timeoutsMs[copy?.size ?? 'none']
  const { stdout, stderr } = await execTool(process.execPath, commandArguments, { signal, timeoutMs, memoryLimit })
  const reply = pictureReply.parse(JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)))
  if (reply.ok) return reply
  throw new ConversionError(createFailure(reply.code), { stderr: `${reply.detail}\n${stderr}` })
}

/**
 * Decodes a picture in a process of its own. Resolves to its displayed size. Rejects with a ConversionError, or with the
 * signal's reason.
 */
export const decodePicture = async (file: PictureFile, signal?: AbortSignal): Promise<Size> => {
  const { width, height } = await runDecoder(file, null, signal)
  return { width, height }
}

/** Decodes a picture like `decodePicture`, and writes an upright copy in sRGB without metadata; of a small one, also thumbnails. */
export const copyPicture = async (
  file: PictureFile,
  copy: PictureCopy,
  signal?: AbortSignal,
): Promise<{ outputPath: string; mimeType: string; thumbnails?: WrittenThumbnails }> => {
  const { output } = await runDecoder(file, copy, signal)
  if (output === null) throw new Error('The decoder wrote no copy of the picture.')
  const { path: outputPath, mimeType, thumbnails } = output
  return { outputPath, mimeType, thumbnails }
}
