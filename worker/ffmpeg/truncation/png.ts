import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflate } from 'node:zlib'
import { maxPixels } from '../limits.ts'
import { type ByteSource, readAhead } from './byteSource.ts'
import type { EndReader, FileEnd } from './fileEnd.ts'

const signatureBytes = 8

interface PngChunk {
  type: string
  /** Offset of the data. */
  offset: number
  length: number
}

/** Follows the chunks that are whole, up to anything else. */
async function* walkPngChunks(bytes: ByteSource, start: number): AsyncGenerator<PngChunk> {
  for (let offset = start; ; ) {
    const header = await bytes.read(offset, 8)
    const length = header.length === 8 ? header.readUInt32BE(0) : 0
    const type = header.toString('latin1', 4, 8)
    if (!/^[A-Za-z]{4}$/.test(type) || offset + 12 + length > bytes.sizeBytes) return
    yield { type, offset: offset + 8, length }
    offset += 12 + length
  }
}

const pieceBytes = 256 * 1024

/** Reads the compressed rows. The chunks are followed a second time: a list of them may not fit into memory. */
async function* readRows(source: ByteSource): AsyncGenerator<Buffer> {
  for await (const { type, offset, length } of walkPngChunks(readAhead(source), signatureBytes)) {
    if (type !== 'IDAT') continue
    for (let start = 0; start < length; start += pieceBytes)
      yield source.read(offset + start, Math.min(pieceBytes, length - start))
  }
}

/** Eight bytes per pixel of the largest picture. More is no picture, but an attempt to keep the worker busy. */
const maxRowBytes = 8 * maxPixels

/** Whether the compressed rows end as such: zlib marks the end of its data. */
const areRowsWhole = async (source: ByteSource): Promise<boolean> => {
  let rowBytes = 0
  const sink = new Writable({
    write(piece: Buffer, _encoding, done) {
      rowBytes += piece.length
      done(rowBytes > maxRowBytes ? new Error('The rows exceed the largest picture.') : null)
    },
  })
  return pipeline(Readable.from(readRows(source)), createInflate(), sink).then(
    () => true,
    () => false,
  )
}

/** Seconds for which an animation shows a frame; PNG counts a denominator of 0 as 100. */
const readDelay = (control: Buffer): number =>
  control.length < 24 ? 0 : control.readUInt16BE(20) / (control.readUInt16BE(22) || 100)

/** Follows the chunks up to IEND; bytes behind it do not matter. Without it, the rows of the picture decide. */
export const readPngEnd: EndReader = async (source) => {
  const bytes = readAhead(source)
  let delay: number | null = null
  let shownSeconds = 0
  let hasRows = false
  let hasLaterChunk = false
  for await (const { type, offset } of walkPngChunks(bytes, signatureBytes)) {
    if (type === 'IEND') return { state: 'whole' }
    if (type === 'fcTL') {
      // The frame before this one is whole.
      shownSeconds += delay ?? 0
      delay = readDelay(await bytes.read(offset, 26))
    }
    hasRows ||= type === 'IDAT'
    hasLaterChunk = type !== 'IDAT' && hasRows
  }
  const isWhole = hasRows && (hasLaterChunk || (await areRowsWhole(source)))
  const end: FileEnd = { state: isWhole && delay === null ? 'whole' : 'missing' }
  return isWhole && delay !== null ? { ...end, shownSeconds } : end
}
