import type { Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { InvalidInputError } from '../../services/errors.ts'

/** One write per mebibyte instead of one per 64 KiB chunk; the source is paused while more than four of them wait. */
const batchBytes = 1024 * 1024
const waitingLimitBytes = 4 * batchBytes
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
  onWritten(offset: number): void
}

/**
 * Appends a stream to a file, and resolves to the position reached. Written by hand since a chain of transforms costs
 * half of the throughput: chunks are hashed as they come and written in batches by gather writes.
 */
export const receive = async (reception: Reception): Promise<number> => {
  const file = await open(reception.path, 'r+')
  try {
    return await drain(file, reception)
  } finally {
    await file.close()
  }
}

const drain = (file: FileHandle, { source, offset, sizeBytes, hash, signal, onWritten }: Reception): Promise<number> =>
  new Promise((resolve, reject) => {
    let taken = offset
    let written = offset
    let waiting: Buffer[] = []
    let writing = false
    let ended = false
    let due: NodeJS.Timeout | null = null
    let failure: unknown = null

    const settle = () => {
      if (failure === null) resolve(written)
      else reject(failure)
    }

    const flush = async () => {
      writing = true
      while (waiting.length > 0 && (ended || due === null || taken - written >= batchBytes)) {
        const batch = waiting
        waiting = []
        unschedule()
        written += await writeAll(file, batch, written)
        onWritten(written)
        if (!ended && source.isPaused()) source.resume()
      }
      writing = false
      if (ended) settle()
    }

    const unschedule = () => {
      if (due !== null) clearTimeout(due)
      due = null
    }

    const pump = () => {
      if (writing) return
      flush().catch((error: unknown) => {
        stop()
        reject(error)
      })
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
        failure = new InvalidInputError([
          { path: 'sizeBytes', message: `More bytes came than the ${sizeBytes} declared.` },
        ])
        return finish()
      }
      hash.update(chunk)
      taken += chunk.length
      waiting.push(chunk)
      if (taken - written > waitingLimitBytes) source.pause()
      due ??= setTimeout(flushDue, waitingLimitMs)
      if (taken - written >= batchBytes) pump()
    }

    const flushDue = () => {
      due = null
      pump()
    }

    source.on('data', take)
    source.once('end', finish)
    // A connection that dies says `close` without `end`; its error has no other meaning here.
    source.once('close', finish)
    source.on('error', () => {})
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted || source.destroyed || source.readableEnded) finish()
  })

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
