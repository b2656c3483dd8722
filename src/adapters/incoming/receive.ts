import type { Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { InvalidInputError } from '../../services/kernel/errors.ts'

/** One write per mebibyte instead of one per 64 KiB chunk. The source is paused while more than four batches wait. */
const batchBytes = 1024 * 1024
const maxQueuedBytes = 4 * batchBytes
/** Interval of `datasync` during the upload: the disk works while the network does, and little is left for the end. */
const syncIntervalBytes = 32 * batchBytes
/** Slow bytes are written after this time, so that progress is visible and a crash loses little. */
const maxWaitMs = 50

export interface Reception {
  /** May end early or fail: the bytes that arrived until then are kept. */
  source: Readable
  path: string
  offset: number
  /** Bytes beyond this position are refused. */
  sizeBytes: number
  /** Updated with every accepted byte, in order. */
  hash: Hash
  /** Ends the reception early; bytes that arrived are kept. */
  signal: AbortSignal
  ownsChunks: boolean
  onWritten(offset: number): void
}

/**
 * Appends a stream to a file and resolves to the position reached. Written by hand, since a chain of transforms costs
 * half of the throughput: chunks are hashed as they arrive and written in batches by gather writes.
 */
export const receive = async (reception: Reception): Promise<number> => {
  const file = await open(reception.path, 'r+')
  try {
    const writer = createWriter(file, reception.offset)
    await drain(writer, reception)
    await writer.finish(writer.position() === reception.sizeBytes)
    return writer.position()
  } finally {
    await file.close()
  }
}

interface Writer {
  write(batch: Buffer[]): Promise<void>
  position(): number
  /**
   * Waits for the running `datasync`. Call it after the last write. A complete file is synced, since its digest is stored
   * next: after a power failure, a digest without its bytes would make a short file pass for the whole one.
   */
  finish(isComplete: boolean): Promise<void>
}

const createWriter = (file: FileHandle, offset: number): Writer => {
  let position = offset
  let syncedUpTo = offset
  let syncing: Promise<void> | null = null
  let failure: unknown = null

  const sync = async (): Promise<void> => {
    syncedUpTo = position
    try {
      await file.datasync()
    } catch (error) {
      failure = error
    }
    syncing = null
  }

  return {
    write: async (batch) => {
      position += await writeAll(file, batch, position)
      if (failure !== null) throw failure
      if (syncing === null && position - syncedUpTo >= syncIntervalBytes) syncing = sync()
    },
    position: () => position,
    finish: async (isComplete) => {
      await syncing
      if (isComplete) await sync()
      if (failure !== null) throw failure
    },
  }
}

/** Resolves once the source has ended or `signal` aborted, and every accepted byte is written. */
const drain = (writer: Writer, reception: Reception): Promise<void> =>
  new Promise((resolve, reject) => {
    const { source, sizeBytes, hash, signal, ownsChunks, onWritten } = reception
    let acceptedUpTo = reception.offset
    let queue: Buffer[] = []
    let isWriting = false
    let isEnded = false
    let timer: NodeJS.Timeout | null = null
    let refusal: InvalidInputError | null = null

    const queuedBytes = () => acceptedUpTo - writer.position()

    const flush = async () => {
      isWriting = true
      while (queue.length > 0 && (isEnded || timer === null || queuedBytes() >= batchBytes)) {
        const batch = queue
        queue = []
        cancelTimer()
        await writer.write(batch)
        if (ownsChunks) batch.forEach(freeMemory)
        onWritten(writer.position())
        if (!isEnded && source.isPaused()) source.resume()
      }
      isWriting = false
      if (!isEnded) return
      if (refusal === null) resolve()
      else reject(refusal)
    }

    const pump = () => {
      if (isWriting) return
      flush().catch((error: unknown) => {
        stop()
        reject(error)
      })
    }

    const flushLate = () => {
      timer = null
      pump()
    }

    const cancelTimer = () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
    }

    const stop = () => {
      isEnded = true
      cancelTimer()
      source.off('data', accept)
      source.off('end', finish)
      source.off('close', finish)
      signal.removeEventListener('abort', finish)
      source.pause()
    }

    const finish = () => {
      if (isEnded) return
      stop()
      pump()
    }

    const accept = (chunk: Buffer) => {
      if (acceptedUpTo + chunk.length > sizeBytes) {
        refusal = tooManyBytes(sizeBytes)
        return finish()
      }
      hash.update(chunk)
      acceptedUpTo += chunk.length
      queue.push(chunk)
      if (queuedBytes() > maxQueuedBytes) source.pause()
      timer ??= setTimeout(flushLate, maxWaitMs)
      if (queuedBytes() >= batchBytes) pump()
    }

    source.on('data', accept)
    source.once('end', finish)
    // A broken connection emits `close` without `end`; its error carries no further information here.
    source.once('close', finish)
    source.on('error', () => {})
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted || source.destroyed || source.readableEnded) finish()
  })

const tooManyBytes = (sizeBytes: number): InvalidInputError =>
  new InvalidInputError([{ path: 'sizeBytes', message: `The body exceeds the declared ${sizeBytes} bytes.` }])

/**
 * Frees the memory of a chunk. Without this, the chunks of a fast upload pile up to more than 100 MB before the garbage
 * collector runs (Node 24); memory freed at once is reused for the next chunks.
 */
const freeMemory = ({ buffer, length }: Buffer): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0)
}

/** Writes all chunks. A gather write may stop short, on a full disk for instance: the next write reports the error. */
const writeAll = async (file: FileHandle, batch: Buffer[], position: number): Promise<number> => {
  const totalBytes = batch.reduce((sum, chunk) => sum + chunk.length, 0)
  let { bytesWritten } = await file.writev(batch, position)
  if (bytesWritten === totalBytes) return totalBytes
  const rest = Buffer.concat(batch)
  while (bytesWritten < totalBytes) {
    const step = await file.write(rest, bytesWritten, totalBytes - bytesWritten, position + bytesWritten)
    bytesWritten += step.bytesWritten
  }
  return totalBytes
}
