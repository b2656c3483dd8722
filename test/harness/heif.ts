const uint = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value, 0, bytes)
  return buffer
}

const createBox = (type: string, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([uint(body.length + 8, 4), Buffer.from(type, 'latin1'), body])
}

const createFullBox = (type: string, version: number, ...parts: Buffer[]): Buffer =>
  createBox(type, uint(version, 1), uint(0, 3), ...parts)

/** Returns the content of the first box of this type, wherever it is. */
const readBox = (file: Buffer, type: string): Buffer => {
  const offset = file.indexOf(type, 0, 'latin1')
  return file.subarray(offset + 4, offset - 4 + file.readUInt32BE(offset - 4))
}

/** Writes colours by codes of ITU-T H.273. ffmpeg's scaler writes the pixels by BT.601 in limited range. */
export const createNclx = ({ primaries = 1, transfer = 13 } = {}): Buffer =>
  Buffer.concat([Buffer.from('nclx'), uint(primaries, 2), uint(transfer, 2), uint(6, 2), uint(0, 1)])

export interface HeifOptions {
  width: number
  height: number
  /** Quarter turns counterclockwise in which the picture is displayed. */
  turns?: number
  itemType?: string
  /** Content of the `colr` box. */
  colour?: Buffer
}

/** Writes a HEIC as phones do, with one picture: the only frame of an MP4 with HEVC. */
export const createHeif = (
  mp4: Buffer,
  { width, height, turns = 0, itemType = 'hvc1', colour = createNclx() }: HeifOptions,
): Buffer => {
  const sample = readBox(mp4, 'mdat')
  const properties = [
    createBox('hvcC', readBox(mp4, 'hvcC')),
    createFullBox('ispe', 0, uint(width, 4), uint(height, 4)),
    createBox('colr', colour),
    createBox('irot', uint(turns, 1)),
  ]
  const associations = properties.map((_, index) => uint(0x80 | (index + 1), 1))
  const createMeta = (sampleOffset: number): Buffer =>
    createFullBox(
      'meta',
      0,
      createFullBox('hdlr', 0, uint(0, 4), Buffer.from('pict'), Buffer.alloc(13)),
      createFullBox('pitm', 0, uint(1, 2)),
      createFullBox(
        'iloc',
        0,
        ...[uint(0x4400, 2), uint(1, 2), uint(1, 2), uint(0, 2), uint(1, 2), uint(sampleOffset, 4)],
        uint(sample.length, 4),
      ),
      createFullBox(
        'iinf',
        0,
        uint(1, 2),
        createFullBox('infe', 2, uint(1, 2), uint(0, 2), Buffer.from(itemType), Buffer.alloc(1)),
      ),
      createBox(
        'iprp',
        createBox('ipco', ...properties),
        createFullBox('ipma', 0, uint(1, 4), uint(1, 2), uint(associations.length, 1), ...associations),
      ),
    )
  const type = createBox('ftyp', Buffer.from('heic'), uint(0, 4), Buffer.from('mif1heic'))
  const sampleOffset = type.length + createMeta(0).length + 8
  return Buffer.concat([type, createMeta(sampleOffset), createBox('mdat', sample)])
}
