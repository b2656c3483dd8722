const bytesPerPixel = 4
const rowsPerStrip = 64
const types = { short: 3, long: 4, bytes: 7 } as const

const toLongs = (values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index)
  return bytes
}

/** Wraps RGBA pixels and their ICC profile in an uncompressed TIFF: sharp takes no profile with raw pixels. */
export const tagPixels = (
  pixels: Uint8Array,
  { width, height }: { width: number; height: number },
  profile: Buffer,
): Buffer => {
  const rowBytes = width * bytesPerPixel
  const starts = Array.from({ length: Math.ceil(height / rowsPerStrip) }, (_, strip) => strip * rowsPerStrip)
  const headerBytes = 8
  const bits = Buffer.from([8, 0, 8, 0, 8, 0, 8, 0])
  const offsets = toLongs(starts.map((row) => headerBytes + row * rowBytes))
  const counts = toLongs(starts.map((row) => Math.min(rowsPerStrip, height - row) * rowBytes))
  const extraOffset = headerBytes + height * rowBytes
  const extras = Buffer.concat([bits, offsets, counts, profile, Buffer.alloc(profile.length % 2)])
  const listAt = (position: number, { length }: Buffer) =>
    // A list of one number stands in the place of its offset.
    length === 4 ? extras.readUInt32LE(position) : extraOffset + position
  const entries = [
    [256, types.long, 1, width],
    [257, types.long, 1, height],
    [258, types.short, 4, extraOffset],
    [259, types.short, 1, 1],
    [262, types.short, 1, 2],
    [273, types.long, starts.length, listAt(bits.length, offsets)],
    [277, types.short, 1, bytesPerPixel],
    [278, types.long, 1, rowsPerStrip],
    [279, types.long, starts.length, listAt(bits.length + offsets.length, counts)],
    [338, types.short, 1, 2],
    [34_675, types.bytes, profile.length, extraOffset + bits.length + offsets.length + counts.length],
  ] as const
  const directory = Buffer.alloc(2 + 12 * entries.length + 4)
  directory.writeUInt16LE(entries.length, 0)
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const offset = 2 + 12 * index
    directory.writeUInt16LE(tag, offset)
    directory.writeUInt16LE(type, offset + 2)
    directory.writeUInt32LE(count, offset + 4)
    directory.writeUInt32LE(value, offset + 8)
  }
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1')
  header.writeUInt32LE(extraOffset + extras.length, 4)
  return Buffer.concat([header, pixels.subarray(0, height * rowBytes), extras, directory])
}
