import { type ByteSource, readAhead } from './byteSource.ts'
import type { EndReader } from './fileEnd.ts'

const extension = 0x21
const image = 0x2c
const graphicControl = 0xf9

const tableBytes = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0)

/** Returns the offset behind a chain of blocks, each with its length in front; null if the file ends before. */
const skipBlocks = async (bytes: ByteSource, start: number): Promise<number | null> => {
  for (let offset = start; ; ) {
    const [length] = await bytes.read(offset, 1)
    if (length === undefined) return null
    offset += 1 + length
    if (length === 0) return offset
  }
}

/**
 * Follows the blocks up to the trailer; bytes behind it do not matter, and neither does a missing trailer after a whole
 * picture.
 */
export const readGifEnd: EndReader = async (source) => {
  const bytes = readAhead(source)
  let delay = 0
  let shownSeconds: number | undefined
  const screen = await bytes.read(0, 13)
  let offset: number | null = 13 + tableBytes(screen[10] ?? 0)
  while (offset !== null) {
    const block = await bytes.read(offset, 10)
    const label = block[0]
    if (label !== extension && label !== image) return { state: shownSeconds === undefined ? 'missing' : 'whole' }
    // Hundredths of a second, for the picture that follows.
    if (label === extension && block[1] === graphicControl && block.length >= 6) delay = block.readUInt16LE(4) / 100
    offset = await skipBlocks(bytes, offset + (label === image ? 11 + tableBytes(block[9] ?? 0) : 2))
    if (offset !== null && label === image) shownSeconds = (shownSeconds ?? 0) + delay
  }
  return { state: 'missing', shownSeconds }
}
