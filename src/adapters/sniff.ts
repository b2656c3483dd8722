import { buffer } from 'node:stream/consumers'
import { fileTypeFromBuffer } from 'file-type'
import type { FileSniffer } from '../services/storage/fileTypes.ts'

/** Reads the type from the first bytes by their signatures. */
export const sniff: FileSniffer = async (bytes) => {
  const head = await buffer(bytes)
  // Whatever it stumbles over where the head is cut off: a guess is all that is asked for, and the bytes have arrived.
  const type = await fileTypeFromBuffer(head).catch(() => undefined)
  return type?.mime ?? null
}
