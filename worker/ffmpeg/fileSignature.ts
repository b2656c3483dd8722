import { open } from 'node:fs/promises'
import { fileTypeFromFile } from 'file-type'

/** What a file shows of itself before any tool has been at it, and what it is said to be. */
export type FileSignature = {
  sizeBytes: number
  /** Recognised from the bytes, without parameters; null where nothing was. */
  detectedMimeType: string | null
  isText: boolean
  /** The beginning, as Latin-1 where it is no text. */
  head: string
  fileName: string
  declaredMimeType: string | null
}

const headBytes = 16 * 1024
const isControl = (byte: number) => byte < 32 && ![8, 9, 10, 12, 13, 27].includes(byte)

/** UTF-8, UTF-16 with its mark, or an older Western encoding; null for anything binary. */
export const decodeText = (head: Buffer) => {
  if (head.length === 0) return null
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    const encoding = head[0] === 0xff ? 'utf-16le' : 'utf-16be'
    return new TextDecoder(encoding).decode(head)
  }
  if (head.some(isControl)) return null
  try {
    // As a stream: the last character may be cut in two by where the head ends.
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
  } catch {
    const plainCount = head.filter((byte) => byte < 127).length
    return plainCount / head.length > 0.85 ? head.toString('latin1') : null
  }
}

/** Names that only file-type knows. */
const standardMimeTypes: Record<string, string> = { 'video/MP1S': 'video/mpeg', 'video/MP2P': 'video/mpeg' }

const isTextType = (mimeType: string | null) =>
  mimeType !== null && (mimeType.startsWith('text/') || mimeType === 'application/xml')

export const readSignature = async (
  path: string,
  { fileName, declaredMimeType }: { fileName: string; declaredMimeType?: string | null },
): Promise<FileSignature> => {
  await using file = await open(path)
  const { sizeBytes } = await file.stat().then(({ size }) => ({ sizeBytes: size }))
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  const head = buffer.subarray(0, bytesRead)
  // It throws at files that end in the middle of a header: then nothing was recognised.
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
