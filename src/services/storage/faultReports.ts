import type { IntegrityFault } from '../../../prisma/generated/client/enums.ts'
import type { Clock, Database, Logger } from '../kernel/ports.ts'
import { type BlobState, setFault } from './integrity.ts'

/** Reports a fault that a reader of a blob has met. Never rejects. */
export type ReportFault = (blob: Omit<BlobState, 'key' | 'sizeBytes'>, fault: IntegrityFault) => Promise<void>

/** Interval at which the same blob is reported again: a player sends a request for each part of a film. */
const reportIntervalMs = 10 * 60 * 1000
/** Maximum number of blobs that are remembered; the oldest are forgotten, and may be reported once more. */
const maxRememberedBlobs = 10_000

/** Logs a fault once per blob and interval, and marks the blob, so that a faulty rendition is made again soon. */
export const createFaultReports = (options: { database: Database; clock: Clock; log: Logger }): ReportFault => {
  const { clock, log } = options
  const reportTimes = new Map<string, number>()

  const shouldReport = (sha256: string): boolean => {
    const nowMs = clock.now().getTime()
    const lastMs = reportTimes.get(sha256)
    if (lastMs !== undefined && nowMs - lastMs < reportIntervalMs) return false
    reportTimes.delete(sha256)
    reportTimes.set(sha256, nowMs)
    const [oldest] = reportTimes.keys()
    if (reportTimes.size > maxRememberedBlobs && oldest !== undefined) reportTimes.delete(oldest)
    return true
  }

  return async (blob, fault) => {
    const { sha256 } = blob
    if (!shouldReport(sha256)) return
    log.error({ sha256, fault }, 'Refused to read a blob whose stored bytes are missing or damaged.')
    if (blob.fault === fault) return
    await setFault(options, blob, fault).catch((error: unknown) =>
      log.warn({ err: error, sha256 }, 'Failed to mark a faulty blob; the next report tries again.'),
    )
  }
}
