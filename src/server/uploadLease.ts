import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../services/kernel/errors.ts'
import type { IncomingBytes, Logger } from '../services/kernel/ports.ts'
import {
  leaseRenewalIntervalMs,
  type UploadLease,
  type UploadLeases,
  uploadLockedError,
} from '../services/upload/leases.ts'
import { drainMs, waitTimeoutMs } from './uploadLocker.ts'

interface LeaseHolderOptions {
  leases: UploadLeases
  incoming: IncomingBytes
  log: Logger
}

interface HeldLease {
  fence: number
  /**
   * Moves to a copy of the file if another process may still write to it; false if there is no need. Call it before bytes
   * are written or the upload is completed, but not to report the offset: the copy of a large file takes long.
   */
  leaveStaleWriter(): Promise<boolean>
  /** Called when the upload has ended, which released its lease. */
  noteEnd(): void
}

/** Interval of asking for a lease that another process holds. */
const retryIntervalMs = 200

/** Runs a request while this process holds the lease of its upload. The upload's lock within the process comes first. */
export const createLeaseHolder = ({ leases, incoming, log }: LeaseHolderOptions) => {
  const take = async (uploadId: string): Promise<UploadLease> => {
    const deadline = performance.now() + waitTimeoutMs
    for (;;) {
      const lease = await leases.take(uploadId)
      if (lease !== null) return lease
      if (performance.now() > deadline) throw uploadLockedError()
      await sleep(retryIntervalMs)
    }
  }

  /**
   * Renews the lease until `end` is called. Aborts `stop` when the lease is lost, or `drainMs` after another process
   * asked for it.
   */
  const keep = (lease: UploadLease, stop: AbortController) => {
    let isRenewing: Promise<void> | null = null
    const renew = async (): Promise<void> => {
      try {
        const state = await leases.renew(lease)
        if (state === 'contended') setTimeout(() => stop.abort(uploadLockedError()), drainMs).unref()
        if (state === 'lost') stop.abort(uploadLockedError())
      } catch (error) {
        log.warn({ err: error, uploadId: lease.uploadId }, 'Failed to renew the lease of an upload; retrying.')
      }
      isRenewing = null
    }
    const timer = setInterval(() => {
      isRenewing ??= renew()
    }, leaseRenewalIntervalMs)
    return {
      end: async () => {
        clearInterval(timer)
        await isRenewing
      },
    }
  }

  const leaveStaleWriter = async (lease: UploadLease): Promise<boolean> => {
    const { uploadId: id, fileNumber, fence, hasStaleWriter } = lease
    // A stale writer only appends, so that the copied part is final.
    if (!hasStaleWriter || !(await incoming.copy({ id, fileNumber }, fence))) return false
    await leases.adoptCopy(lease)
    await incoming.remove({ id, fileNumber })
    return true
  }

  return async <Result>(
    uploadId: string,
    localStop: AbortSignal,
    work: (lease: HeldLease, stop: AbortSignal) => Promise<Result>,
  ): Promise<Result> => {
    const lease = await take(uploadId)
    const stop = new AbortController()
    const renewal = keep(lease, stop)
    let hasEnded = false
    const held: HeldLease = {
      fence: lease.fence,
      leaveStaleWriter: () => leaveStaleWriter(lease),
      noteEnd: () => {
        hasEnded = true
      },
    }
    try {
      return await work(held, AbortSignal.any([localStop, stop.signal]))
    } catch (error) {
      // The new holder has removed the file, for instance.
      const state = error instanceof Refusal ? null : await leases.renew(lease).catch(() => null)
      throw state === 'lost' ? uploadLockedError() : error
    } finally {
      await renewal.end()
      if (!hasEnded)
        await leases.release(lease).catch((error: unknown) => {
          log.warn({ err: error, uploadId }, 'Failed to release the lease of an upload; it ends within seconds.')
        })
    }
  }
}
