import { open } from 'node:fs/promises'
import { readAiffEnd } from './aiff.ts'
import { readAsfEnd } from './asf.ts'
import { readAviEnd } from './avi.ts'
import { type ByteSource, TooManyBlocksError, toByteSource } from './byteSource.ts'
import { readCafEnd } from './caf.ts'
import type { EndReader, FileEnd } from './fileEnd.ts'
import { readFlacEnd } from './flac.ts'
import { readGifEnd } from './gif.ts'
import { readJpegEnd } from './jpeg.ts'
import { readMatroskaEnd } from './matroska.ts'
import { readMp3End } from './mp3.ts'
import { readMp4End } from './mp4.ts'
import { readOggEnd } from './ogg.ts'
import { readPngEnd } from './png.ts'
import { readWavEnd } from './wav.ts'
import { readWebpEnd } from './webp.ts'

const endReaders: Record<string, EndReader> = {
  'video/mp4': readMp4End,
  'video/quicktime': readMp4End,
  'video/x-m4v': readMp4End,
  'video/3gpp': readMp4End,
  'video/3gpp2': readMp4End,
  'audio/mp4': readMp4End,
  'audio/x-m4a': readMp4End,
  'image/avif': readMp4End,
  'image/heic': readMp4End,
  'video/matroska': readMatroskaEnd,
  'audio/matroska': readMatroskaEnd,
  'video/webm': readMatroskaEnd,
  'audio/webm': readMatroskaEnd,
  'video/vnd.avi': readAviEnd,
  'video/x-ms-asf': readAsfEnd,
  'application/vnd.ms-asf': readAsfEnd,
  'audio/x-ms-asf': readAsfEnd,
  'audio/wav': readWavEnd,
  // RF64, which only the name and ffprobe tell.
  'audio/x-wav': readWavEnd,
  'audio/x-caf': readCafEnd,
  'audio/aiff': readAiffEnd,
  'audio/mpeg': readMp3End,
  'audio/flac': readFlacEnd,
  'audio/ogg': readOggEnd,
  'audio/opus': readOggEnd,
  'video/ogg': readOggEnd,
  'application/ogg': readOggEnd,
  'image/webp': readWebpEnd,
  'image/jpeg': readJpegEnd,
  'image/png': readPngEnd,
  'image/apng': readPngEnd,
  'image/gif': readGifEnd,
}

/** A file that is mostly empty blocks: its decoder, which has limits of its own, decides. */
const ignoreTooManyBlocks = (error: unknown): null => {
  if (error instanceof TooManyBlocksError) return null
  throw error
}

/** Reads what the container's own sizes and end marks tell, without decoding. Types that have none are `unknown`. */
export const readEnd = async (mimeType: string, bytes: ByteSource): Promise<FileEnd> =>
  (await endReaders[mimeType]?.(bytes).catch(ignoreTooManyBlocks)) ?? { state: 'unknown' }

export const readFileEnd = async (path: string, mimeType: string, signal?: AbortSignal): Promise<FileEnd> => {
  await using file = await open(path)
  // Awaited here, since the file closes when this function returns.
  return await readEnd(mimeType, await toByteSource(file, signal))
}
