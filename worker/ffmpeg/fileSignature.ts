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

/** Types that file-type does not recognise: Wave64, and a TIFF whose end is missing, where its directory may stand. */
const otherTypes = [
  { start: Buffer.from('II*\0', 'latin1'), mimeType: 'image/tiff' },
  { start: Buffer.from('MM\0*', 'latin1'), mimeType: 'image/tiff' },
  { start: Buffer.from('726966662e91cf11a5d628db04c10000', 'hex'), mimeType: 'audio/x-w64' },
]

const detectOtherType = (head: Buffer): string | null =>
  otherTypes.find(({ start }) => head.subarray(0, start.length).equals(start))?.mimeType ?? null

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
  const rawMimeType = fileType?.mime.split(';')[0]?.trim() ?? detectOtherType(head)
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
