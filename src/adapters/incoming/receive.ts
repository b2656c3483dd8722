import type { Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { InvalidInputError } from '../../services/kernel/errors.ts'

/** One write per mebibyte instead of one per 64 KiB chunk; the source is paused while more than four of them wait. */
const batchBytes = 1024 * 1024
const waitingLimitBytes = 4 * batchBytes
/** The disk works while the network does: what is synchronised on the way need not be waited for at the end. */
const syncEveryBytes = 32 * batchBytes
/** What comes slowly is written after this time, so that progress shows and a crash costs little. */
const waitingLimitMs = 50

export interface Reception {
  /** Where the bytes come from. It may end early or die: what arrived until then is kept. */
  source: Readable
  path: string
  offset: number
  /** Bytes beyond this position are never taken. */
  sizeBytes: number
  /** Sees every byte that is taken, in order. */
  hash: Hash
  /** Ends the reception early; what arrived is kept. */
  signal: AbortSignal
  ownsChunks: boolean
  onWritten(offset: number): void
}

/**
 * Appends a stream to a file, and resolves to the position reached. Written by hand since a chain of transforms costs
 * half of the throughput: chunks are hashed as they come and written in batches by gather writes.
 */
export const receive = async (reception: Reception): Promise<number> => {
  const file = await open(reception.path, 'r+')
  try {
    const writer = createWriter(file, reception.offset)
    await drain(writer, reception)
    await writer.finish()
    return writer.position()
  } finally {
    await file.close()
  }
}

interface Writer {
  write(batch: Buffer[]): Promise<void>
  position(): number
  /** Once nothing is under way any more. */
  finish(): Promise<void>
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
      if (syncing === null && position - syncedUpTo >= syncEveryBytes) syncing = sync()
    },
    position: () => position,
    finish: async () => {
      await syncing
      if (failure !== null) throw failure
    },
  }
}

/** Resolves when the source has ended, or was told to, and everything it gave is written. */
const drain = (writer: Writer, reception: Reception): Promise<void> =>
  new Promise((resolve, reject) => {
    const { source, sizeBytes, hash, signal, ownsChunks, onWritten } = reception
    let taken = reception.offset
    let waiting: Buffer[] = []
    let writing = false
    let ended = false
    let due: NodeJS.Timeout | null = null
    let refusal: InvalidInputError | null = null

    const waitingBytes = () => taken - writer.position()

    const flush = async () => {
      writing = true
      while (waiting.length > 0 && (ended || due === null || waitingBytes() >= batchBytes)) {
        const batch = waiting
        waiting = []
        unschedule()
        await writer.write(batch)
        if (ownsChunks) batch.forEach(giveBack)
        onWritten(writer.position())
        if (!ended && source.isPaused()) source.resume()
      }
      writing = false
      if (!ended) return
      if (refusal === null) resolve()
      else reject(refusal)
    }

    const pump = () => {
      if (writing) return
      flush().catch((error: unknown) => {
        stop()
        reject(error)
      })
    }

    const flushDue = () => {
      due = null
      pump()
    }

    const unschedule = () => {
      if (due !== null) clearTimeout(due)
      due = null
    }

    const stop = () => {
      ended = true
      unschedule()
      source.off('data', take)
      source.off('end', finish)
      source.off('close', finish)
      signal.removeEventListener('abort', finish)
      source.pause()
    }

    const finish = () => {
      if (ended) return
      stop()
      pump()
    }

    const take = (chunk: Buffer) => {
      if (taken + chunk.length > sizeBytes) {
        refusal = tooManyBytes(sizeBytes)
        return finish()
      }
      hash.update(chunk)
      taken += chunk.length
      waiting.push(chunk)
      if (waitingBytes() > waitingLimitBytes) source.pause()
      due ??= setTimeout(flushDue, waitingLimitMs)
      if (waitingBytes() >= batchBytes) pump()
    }

    source.on('data', take)
    source.once('end', finish)
    // A connection that dies says `close` without `end`; its error has no other meaning here.
    source.once('close', finish)
    source.on('error', () => {})
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted || source.destroyed || source.readableEnded) finish()
  })

const tooManyBytes = (sizeBytes: number): InvalidInputError =>
  new InvalidInputError([{ path: 'sizeBytes', message: `More bytes came than the ${sizeBytes} declared.` }])

/**
 * Frees a chunk now. Left to the garbage collector, the chunks of a fast upload pile up to more than 100 MB before it
 * finds them worth its while (Node 24); what is freed at once is used again for the next ones.
 */
const giveBack = ({ buffer, length }: Buffer): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0)
}

/** A gather write may stop short, on a full disk for instance: go on from there until it says why. */
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
