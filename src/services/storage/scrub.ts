import { setTimeout as sleep } from 'node:timers/promises'
import type { IntegrityFault } from '../../../prisma/generated/client/enums.ts'
import type { Clock, Database, Logger, Storage } from '../kernel/ports.ts'
import { blobKey } from './blobs.ts'
import { type BlobState, findFault, setFault } from './integrity.ts'
import { leaseScrub, type ScrubLease } from './scrubLease.ts'

/**
 * Verifies the bytes of all referenced blobs in the order of their digests, and marks faults. A pass continues over many
 * runs; a new one begins a week after the last began.
 */
export interface Scrub {
  /** Verifies for at most `maxRunMs` (a blob that was begun is finished), or until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}

interface ScrubOptions {
  database: Database
  storage: Storage
  clock: Clock
  log: Logger
  /** Maximum reading rate. 0: no passes; blobs that are marked already are still checked again. */
  scrubBytesPerSecond: number
  maxRunMs?: number
}

const defaultMaxRunMs = 4.5 * 60 * 1000
/** Interval of checking marked blobs again, and the maximum number per run: their bytes may have been restored. */
const recheckIntervalMs = 60 * 60 * 1000
const maxRechecks = 100
const pageSize = 500
/** Rate of the checks without passes. */
const recheckBytesPerSecond = 20_000_000
/** Small blobs count as this many bytes, which limits the number of requests to a bucket. */
const minCountedBytes = 64 * 1024

/** Maximum number of faults that a run logs one by one: a folder that is not mounted lacks all blobs. */
const maxLoggedFaults = 100
const foundMessage = 'Found a blob whose stored bytes are missing or damaged; it was marked.'

/** Returns a function that delays until the bytes read so far keep to the rate. */
const createPace = (bytesPerSecond: number, signal: AbortSignal) => {
  let dueMs = performance.now()
  return async (bytes: number): Promise<void> => {
    // Time spent elsewhere gives little credit: the rate also holds for short periods.
    dueMs = Math.max(dueMs, performance.now() - 100) + (bytes / bytesPerSecond) * 1000
    const delayMs = dueMs - performance.now()
    if (delayMs >= 10) await sleep(delayMs, undefined, { signal })
  }
}

interface Run {
  signal: AbortSignal
  /** Whether the time is over or the signal aborted. */
  isOver(): boolean
  verify(blob: BlobState): Promise<void>
}

export const createScrub = (options: ScrubOptions): Scrub => {
  const { database, storage, clock, log, scrubBytesPerSecond, maxRunMs = defaultMaxRunMs } = options
  const hasPasses = scrubBytesPerSecond > 0

  /** Resolves to true if the blob was marked with a new fault. */
  const recordResult = async (blob: BlobState, fault: IntegrityFault | null): Promise<boolean> => {
    if (fault === null && blob.fault === null) return false
    if (!(await setFault({ database, clock }, blob, fault)) || fault === blob.fault) return false
    if (fault === null)
      log.info({ sha256: blob.sha256 }, 'Verified a blob that was marked as faulty; its mark was removed.')
    return fault !== null
  }

  /** Unreferenced blobs are left out: their bytes may not be stored yet, or be removed at any time. */
  const listMarked = async (): Promise<BlobState[]> => {
    const seenAt = new Date(clock.now().getTime() - recheckIntervalMs)
    const rows = await database.blob.findMany({
      where: { fault: { not: null }, faultSeenAt: { lte: seenAt }, orphanedAt: null },
      orderBy: { faultSeenAt: 'asc' },
      take: maxRechecks,
    })
    return rows.map((row) => ({ ...row, key: blobKey(row.sha256) }))
  }

  const listAfter = async (position: string): Promise<BlobState[]> => {
    const rows = await database.blob.findMany({
      where: { sha256: { gt: position }, orphanedAt: null },
      orderBy: { sha256: 'asc' },
      take: pageSize,
    })
    return rows.map((row) => ({ ...row, key: blobKey(row.sha256) }))
  }

  /** Failures are skipped, so that they stop neither the other checks nor the pass. */
  const recheckMarked = async ({ signal, isOver, verify }: Run): Promise<void> => {
    for (const blob of await listMarked()) {
      if (isOver()) return
      await verify(blob).catch((error: unknown) => {
        if (signal.aborted) return
        log.warn({ err: error, sha256: blob.sha256 }, 'Failed to verify a marked blob; it stays marked.')
      })
    }
  }

  /** Verifies at least one blob, so that every run makes progress. */
  const continuePass = async (start: string, lease: ScrubLease, { signal, isOver, verify }: Run): Promise<void> => {
    for (let position = start; ; ) {
      const blobs = await listAfter(position)
      for (const blob of blobs) {
        if (position !== start && isOver()) return
        await verify(blob).catch((error: unknown) => {
          // The storage may be unreachable: the next run begins with this blob, and skips it if that fails too.
          if (position === start && !signal.aborted) lease.advance(blob.sha256)
          throw error
        })
        position = blob.sha256
        lease.advance(position)
      }
      if (blobs.length === pageSize) continue
      lease.advance(null)
      return log.info({}, 'Verified the stored bytes of all blobs.')
    }
  }

  const verifyAll = async (lease: ScrubLease, signal: AbortSignal): Promise<void> => {
    const deadlineMs = performance.now() + maxRunMs
    const isOver = (): boolean => signal.aborted || performance.now() > deadlineMs
    const pace = createPace(hasPasses ? scrubBytesPerSecond : recheckBytesPerSecond, signal)
    let faultCount = 0
    const verify = async (blob: BlobState): Promise<void> => {
      const fault = await findFault(storage, blob, { signal, onRead: pace })
      if (await recordResult(blob, fault)) {
        faultCount += 1
        if (faultCount <= maxLoggedFaults) log.error({ sha256: blob.sha256, fault }, foundMessage)
      }
      await pace(Math.max(0, minCountedBytes - Number(blob.sizeBytes)))
    }
    const run = { signal, isOver, verify }
    try {
      await recheckMarked(run)
      if (hasPasses && lease.start !== null) await continuePass(lease.start, lease, run)
    } finally {
      if (faultCount > maxLoggedFaults)
        log.error({ blobs: faultCount }, 'Found more faulty blobs than are logged one by one; all were marked.')
    }
  }

  return {
    async run(signal) {
      const lease = await leaseScrub({ database, clock, log })
      if (lease === null) return
      try {
        await verifyAll(lease, signal)
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'Failed to verify a blob; the next run continues.')
      } finally {
        await lease.release()
      }
    },
  }
}
