import type { EndReader } from './fileEnd.ts'

interface Vint {
  length: number
  value: bigint
  isUnknown: boolean
}

/** Reads an EBML number of variable length. Element ids keep the marker bit of their length, sizes do not. */
const readVint = (buffer: Buffer, offset: number, { keepMarker }: { keepMarker: boolean }): Vint => {
  const first = buffer[offset] ?? 0
  const length = Math.clz32(first) - 23
  if (length > 8) return { length: 1, value: 0n, isUnknown: true }
  let value = BigInt(keepMarker ? first : first & (0xff >> length))
  for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(buffer[offset + i] ?? 0)
  return { length, value, isUnknown: !keepMarker && value === (1n << BigInt(7 * length)) - 1n }
}

/** Finds the segment after the EBML header. It states its size unless it was recorded live or its recorder crashed. */
export const readMatroskaEnd: EndReader = async (bytes) => {
  const head = await bytes.read(0, 4096)
  let offset = 0
  for (let element = 0; element < 4; element++) {
    const id = readVint(head, offset, { keepMarker: true })
    const size = readVint(head, offset + id.length, { keepMarker: false })
    const start = offset + id.length + size.length
    if (id.value === 0x18538067n) {
      if (size.isUnknown) return { state: 'unknown', statedSeconds: null }
      return { state: BigInt(start) + size.value > BigInt(bytes.sizeBytes) ? 'missing' : 'whole' }
    }
    offset = start + Number(size.value)
    if (offset + 12 > head.length) break
  }
  return { state: 'unknown', statedSeconds: null }
}
