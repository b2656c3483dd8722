// Each function returns the EXIF block in the first bytes of a picture, beginning with its TIFF header.

const findExifInJpeg = (head: Buffer): Buffer | undefined => {
  for (
    let offset = 2;
    offset + 10 < head.length && head[offset] === 0xff;
    offset += 2 + head.readUInt16BE(offset + 2)
  ) {
    // Start of the compressed data: no headers follow.
    if (head[offset + 1] === 0xda) return undefined
    if (head[offset + 1] === 0xe1 && head.toString('latin1', offset + 4, offset + 8) === 'Exif')
      return head.subarray(offset + 10)
  }
  return undefined
}

const findExifInPng = (head: Buffer): Buffer | undefined => {
  for (let offset = 8; offset + 12 < head.length; offset += 12 + head.readUInt32BE(offset)) {
    if (head.toString('latin1', offset + 4, offset + 8) === 'eXIf') return head.subarray(offset + 8)
  }
  return undefined
}

const findExifInWebp = (head: Buffer): Buffer | undefined => {
  for (let offset = 12; offset + 8 < head.length; ) {
    const sizeBytes = head.readUInt32LE(offset + 4)
    if (head.toString('latin1', offset, offset + 4) === 'EXIF') {
      const exif = head.subarray(offset + 8)
      return exif.toString('latin1', 0, 4) === 'Exif' ? exif.subarray(6) : exif
    }
    offset += 8 + sizeBytes + (sizeBytes % 2)
  }
  return undefined
}

export const exifFinders: Record<string, (head: Buffer) => Buffer | undefined> = {
  'image/jpeg': findExifInJpeg,
  'image/png': findExifInPng,
  'image/webp': findExifInWebp,
  'image/tiff': (head) => head,
}
