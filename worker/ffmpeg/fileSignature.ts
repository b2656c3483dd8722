import { open } from 'node:fs/promises'
import { fileTypeFromFile } from 'file-type'

/** Properties of a file that are known before any tool reads it, and the claims of its name and its sender. */
export interface FileSignature {
  sizeBytes: number
  /** MIME type recognised from the bytes, without parameters; null if none was recognised. */
  detectedMimeType: string | null
  isText: boolean
  /** Beginning of the file: decoded text, or Latin-1 if the file is binary. */
  head: string
  fileName: string
  declaredMimeType: string | null
}

const headBytes = 16 * 1024
const isControl = (byte: number): boolean => byte < 32 && ![8, 9, 10, 12, 13, 27].includes(byte)

/** Decodes UTF-8, UTF-16 with a byte order mark, or an older Western encoding; null for anything binary. */
export const decodeText = (head: Buffer): string | null => {
  if (head.length === 0) return null
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    const encoding = head[0] === 0xff ? 'utf-16le' : 'utf-16be'
    return new TextDecoder(encoding).decode(head)
  }
  if (head.some(isControl)) return null
  try {
    // `stream`: the end of the head may cut the last character in two.
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
  } catch {
    const plainCount = head.filter((byte) => byte < 127).length
    return plainCount / head.length > 0.85 ? head.toString('latin1') : null
  }
}

/** Standard names of types for which the library file-type uses names of its own. */
const standardMimeTypes: Record<string, string> = { 'video/MP1S': 'video/mpeg', 'video/MP2P': 'video/mpeg' }

const isTextType = (mimeType: string | null): boolean =>
  mimeType !== null && (mimeType.startsWith('text/') || mimeType === 'application/xml')

export const readSignature = async (
  path: string,
  { fileName, declaredMimeType }: { fileName: string; declaredMimeType?: string | null },
): Promise<FileSignature> => {
  await using file = await open(path)
  const { size: sizeBytes } = await file.stat()
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  const head = buffer.subarray(0, bytesRead)
  // file-type throws if a file ends in the middle of a header: the type is then unknown.
  const fileType = await fileTypeFromFile(path).catch(() => undefined)
  const rawMimeType = fileType?.mime.split(';')[0]?.trim() ?? null
  const detectedMimeType = rawMimeType === null ? null : (standardMimeTypes[rawMimeType] ?? rawMimeType)
  const text = detectedMimeType === null || isTextType(detectedMimeType) ? decodeText(head) : null
  return {
    sizeBytes,
    detectedMimeType,
    isText: text !== null,
    head: text ?? head.toString('latin1'),
    fileName,
    declaredMimeType: declaredMimeType?.split(';')[0]?.trim().toLowerCase() || null,
  }
}
