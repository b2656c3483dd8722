import type { EndReader } from './fileEnd.ts'

const filePropertiesId = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex')
const broadcastFlag = 1

/** Reads size and duration from the file properties; a broadcast states neither. */
export const readAsfEnd: EndReader = async (bytes) => {
  const head = await bytes.read(0, 64 * 1024)
  const start = head.indexOf(filePropertiesId)
  const properties = head.subarray(Math.max(0, start), start + 104)
  if (start < 0 || properties.length < 104 || properties.readUInt32LE(88) & broadcastFlag)
    return { state: 'unknown', statedSeconds: null }
  // In units of 100 ns, with the time for which a player fills its buffer, in ms.
  const seconds = Number(properties.readBigUInt64LE(64)) / 1e7 - Number(properties.readBigUInt64LE(80)) / 1e3
  const isMissing = Number(properties.readBigUInt64LE(40)) > bytes.sizeBytes
  return { state: isMissing ? 'missing' : 'unknown', statedSeconds: seconds > 0 ? seconds : null }
}
