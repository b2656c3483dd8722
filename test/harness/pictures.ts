import { randomBytes } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { createPngChunk } from './fixtures.ts'

const side = 64

/** Creates a PNG of random colours: neither its bytes nor its renditions equal those of another picture. */
export const createPicture = (): Buffer => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = Array.from({ length: side }, () => Buffer.concat([Buffer.alloc(1), randomBytes(3 * side)]))
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    createPngChunk('IHDR', header),
    createPngChunk('IDAT', deflateSync(Buffer.concat(rows))),
    createPngChunk('IEND', Buffer.alloc(0)),
  ])
}
