import { fileTypeFromBuffer } from 'file-type'
import type { FileSniffer } from '../services/storage/fileTypes.ts'

/** Detects the MIME type by the signature in the first bytes. */
export const sniff: FileSniffer = async (bytes) => {
  // Not `buffer` of node:stream/consumers: its way through a Blob takes a millisecond per mebibyte.
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  // The library may throw on a truncated head. A guess is sufficient, and the bytes themselves were read without error.
  const type = await fileTypeFromBuffer(Buffer.concat(chunks)).catch(() => undefined)
  return type?.mime ?? null
}
