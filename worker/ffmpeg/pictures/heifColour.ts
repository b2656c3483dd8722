import { createProfile } from './colourProfile.ts'

interface Box {
  type: string
  body: Buffer
}

/** Lists the boxes in a piece of the file. A box whose size is wrong ends the list. */
const listBoxes = (bytes: Buffer): Box[] => {
  const boxes: Box[] = []
  for (let offset = 0; offset + 8 <= bytes.length; ) {
    const isLong = bytes.readUInt32BE(offset) === 1 && offset + 16 <= bytes.length
    const size = isLong ? Number(bytes.readBigUInt64BE(offset + 8)) : bytes.readUInt32BE(offset)
    const headerSize = isLong ? 16 : 8
    const end = size === 0 ? bytes.length : offset + size
    if (end < offset + headerSize || end > bytes.length) break
    boxes.push({
      type: bytes.toString('latin1', offset + 4, offset + 8),
      body: bytes.subarray(offset + headerSize, end),
    })
    offset = end
  }
  return boxes
}

const findBox = (bytes: Buffer, type: string): Buffer =>
  listBoxes(bytes).find((box) => box.type === type)?.body ?? Buffer.alloc(0)

/** Lists the properties of an item by their positions in `ipco`, counted from 1. */
const listPropertyNumbers = (associations: Buffer, itemId: number): number[] => {
  const idSize = associations.readUInt8(0) === 0 ? 2 : 4
  const numberSize = associations.readUInt8(3) & 1 ? 2 : 1
  const itemCount = associations.readUInt32BE(4)
  let offset = 8
  for (let item = 0; item < itemCount; item++) {
    const id = associations.readUIntBE(offset, idSize)
    const count = associations.readUInt8(offset + idSize)
    offset += idSize + 1
    if (id === itemId)
      // The highest bit says whether a reader must know the property.
      return Array.from(
        { length: count },
        (_, index) =>
          associations.readUIntBE(offset + index * numberSize, numberSize) & (numberSize === 2 ? 0x7fff : 0x7f),
      )
    offset += count * numberSize
  }
  return []
}

const toProfile = (colour: Buffer): Buffer | null => {
  const type = colour.toString('latin1', 0, 4)
  if (type === 'prof' || type === 'rICC') return colour.subarray(4)
  return type === 'nclx' ? createProfile({ primaries: colour.readUInt16BE(4), transfer: colour.readUInt16BE(6) }) : null
}

/**
 * Reads the ICC profile of the main picture of a HEIF file, or creates the one that its colour codes stand for. Null for
 * sRGB and unknown colours. libheif offers no profile to JavaScript.
 */
export const readHeifProfile = (file: Buffer): Buffer | null => {
  try {
    const meta = findBox(file, 'meta').subarray(4)
    const primary = findBox(meta, 'pitm')
    const itemId = primary.readUIntBE(4, primary.readUInt8(0) === 0 ? 2 : 4)
    const properties = findBox(meta, 'iprp')
    const boxes = listBoxes(findBox(properties, 'ipco'))
    const ownBoxes = listPropertyNumbers(findBox(properties, 'ipma'), itemId).map((number) => boxes[number - 1])
    // The main picture may leave the colours to the tiles that it consists of.
    const candidates = [ownBoxes, boxes].map((list) => list.filter((box) => box?.type === 'colr'))
    const profiles = (candidates.find(({ length }) => length > 0) ?? []).map((box) => box && toProfile(box.body))
    return profiles.find((profile) => profile) ?? null
  } catch (error) {
    // Numbers that point outside their boxes: the picture itself may be intact.
    if (error instanceof RangeError) return null
    throw error
  }
}
