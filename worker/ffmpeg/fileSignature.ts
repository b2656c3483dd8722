import { open } from 'node:fs/promises'
import { fileTypeFromFile } from 'file-type'
import { decodeText } from './textDecoding.ts'

/** Properties of a file that are known before any tool reads it, and the claims of its name and its sender. */
export interface FileSignature {
  sizeBytes: number
  /** MIME type recognised from the bytes, without parameters; null if none was recognised. */
  detectedMimeType: string | null
  isText: boolean
  /** Encoding of a text; null if the file is binary. */
  charset: string | null
  /** Beginning of the file: decoded text, or Latin-1 if the file is binary. */
  head: string
  fileName: string
  declaredMimeType: string | null
}

const headBytes = 16 * 1024
/** A text may begin with a long part in English before it shows its encoding. */
const textBytes = 256 * 1024

/** Standard names of types for which the library file-type uses names of its own. */
const standardMimeTypes: Record<string, string> = { 'video/MP1S': 'video/mpeg', 'video/MP2P': 'video/mpeg' }

const isTextType = (mimeType: string | null): boolean =>
  mimeType !== null && (mimeType.startsWith('text/') || mimeType === 'application/xml')

/** The directory of a TIFF may stand at its end: file-type recognises none whose end is missing. */
const isTiff = (head: Buffer): boolean => /^(II\*\0|MM\0\*)/.test(head.toString('latin1', 0, 4))

export const readSignature = async (
  path: string,
  { fileName, declaredMimeType }: { fileName: string; declaredMimeType?: string | null },
): Promise<FileSignature> => {
  await using file = await open(path)
  const { size: sizeBytes } = await file.stat()
  const { buffer, bytesRead } = await file.read(Buffer.alloc(textBytes), 0, textBytes, 0)
  const head = buffer.subarray(0, Math.min(bytesRead, headBytes))
  // file-type throws if a file ends in the middle of a header: the type is then unknown.
  const fileType = await fileTypeFromFile(path).catch(() => undefined)
  const rawMimeType = fileType?.mime.split(';')[0]?.trim() ?? (isTiff(head) ? 'image/tiff' : null)
  const detectedMimeType = rawMimeType === null ? null : (standardMimeTypes[rawMimeType] ?? rawMimeType)
  const text =
    detectedMimeType === null || isTextType(detectedMimeType) ? decodeText(buffer.subarray(0, bytesRead)) : null
  return {
    sizeBytes,
    detectedMimeType,
    isText: text !== null,
    charset: text?.charset ?? null,
    head: text?.text.slice(0, headBytes) ?? head.toString('latin1'),
    fileName,
    declaredMimeType: declaredMimeType?.split(';')[0]?.trim().toLowerCase() || null,
  }
}
