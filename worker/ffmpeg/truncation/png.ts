import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflate } from 'node:zlib'
import { maxPixels } from '../limits.ts'
import { type ByteSource, readAhead } from './byteSource.ts'
import type { EndReader, FileEnd } from './fileEnd.ts'

interface DataChunk {
  offset: number
  length: number
}

const pieceBytes = 256 * 1024

async function* readPieces(bytes: ByteSource, chunks: DataChunk[]): AsyncGenerator<Buffer> {
  for (const { offset, length } of chunks)
    for (let start = 0; start < length; start += pieceBytes)
      yield bytes.read(offset + start, Math.min(pieceBytes, length - start))
}

/** Eight bytes per pixel of the largest picture. More is no picture, but an attempt to keep the worker busy. */
const maxRowBytes = 8 * maxPixels

/** Whether the compressed rows end as such: zlib marks the end of its data. */
const areRowsWhole = async (bytes: ByteSource, chunks: DataChunk[]): Promise<boolean> => {
  let rowBytes = 0
  const sink = new Writable({
    write(piece: Buffer, _encoding, done) {
      rowBytes += piece.length
      done(rowBytes > maxRowBytes ? new Error('The rows exceed the largest picture.') : null)
    },
  })
  return pipeline(Readable.from(readPieces(bytes, chunks)), createInflate(), sink).then(
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
  const dataChunks: DataChunk[] = []
  let delay: number | null = null
  let shownSeconds = 0
  let hasLaterChunk = false
  for (let offset = 8; ; ) {
    const header = await bytes.read(offset, 8)
    const length = header.length === 8 ? header.readUInt32BE(0) : 0
    const type = header.toString('latin1', 4, 8)
    if (!/^[A-Za-z]{4}$/.test(type) || offset + 12 + length > bytes.sizeBytes) break
    if (type === 'IEND') return { state: 'whole' }
    if (type === 'fcTL') {
      // The frame before this one is whole.
      shownSeconds += delay ?? 0
      delay = readDelay(await bytes.read(offset + 8, 26))
    }
    if (type === 'IDAT') dataChunks.push({ offset: offset + 8, length })
    hasLaterChunk = type !== 'IDAT' && dataChunks.length > 0
    offset += 12 + length
  }
  const isWhole = dataChunks.length > 0 && (hasLaterChunk || (await areRowsWhole(source, dataChunks)))
  const end: FileEnd = { state: isWhole && delay === null ? 'whole' : 'missing' }
  return isWhole && delay !== null ? { ...end, shownSeconds } : end
}
