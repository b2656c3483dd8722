import { buffer } from 'node:stream/consumers'
import { fileTypeFromBuffer } from 'file-type'
import type { FileSniffer } from '../services/storage/fileTypes.ts'

/** Detects the MIME type by the signature in the first bytes. */
export const sniff: FileSniffer = async (bytes) => {
  const head = await buffer(bytes)
  // The library may throw on a truncated head. A guess is sufficient, and the bytes themselves were read without error.
  const type = await fileTypeFromBuffer(head).catch(() => undefined)
  return type?.mime ?? null
}
