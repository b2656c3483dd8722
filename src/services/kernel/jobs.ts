import { z } from 'zod'
import type { Prisma } from '../../../prisma/generated/client/client.ts'

/**
 * A job names the attempt of its row that it stands for: it may be delivered late, or be given up twice, long after the
 * next attempt was requested.
 */
const ingestPayload = z.object({ versionId: z.uuid(), revision: z.int().min(0).default(0) })
const conversionPayload = z.object({ renditionId: z.uuid(), request: z.int().min(0).default(0) })
const operationPayload = z.object({ operationId: z.uuid() })

/**
 * Every job by name, with its payload. The queue carries them; the worker's handler table must name each one.
 * Previews and transcodes have separate queues, so that a short GIF never waits behind another user's long WebM.
 */
export const jobPayloads = {
  ingest: ingestPayload,
  preview: conversionPayload,
  transcode: conversionPayload,
  /** Bulk work. Resumes where it stopped, however often it is delivered; does not restart after its end. */
  operation: operationPayload,
  /** Payload of a job that the queue gave up after its last attempt: its rows must not stay unfinished. */
  abandoned: z.union([ingestPayload, conversionPayload, operationPayload]),
  /** Runs every ten minutes. */
  sweep: z.object({}),
  /** Runs every minute: sends the jobs of unfinished work that has none. */
  repair: z.object({}),
  /** Runs every night: purges media whose retention time in the trash is over, and marks blobs without references. */
  retention: z.object({}),
  /** Runs every ten minutes: removes bytes that nothing has referred to for an hour. */
  reclaim: z.object({}),
  /** Runs every five minutes: verifies stored bytes, and makes faulty renditions again. */
  scrub: z.object({}),
  /** Runs every minute: makes thumbnails of media that were converted without them. */
  thumbnails: z.object({}),
} as const

export type JobName = keyof typeof jobPayloads
export type JobPayload<Name extends JobName> = z.infer<(typeof jobPayloads)[Name]>
export type Job = { [Name in JobName]: { name: Name; payload: JobPayload<Name>; priority?: number } }[JobName]

/**
 * A worker's right to a job. It ends when the worker has sent no heartbeat for 10 s, although the worker may continue
 * later without knowing it. So what claims or ends work checks the lease in its own SQL statement.
 */
export interface JobLease {
  /** Queue's id of the job. */
  jobId: string
  /** Condition: this worker still holds the job, in the attempt that it took. */
  isHeld: Prisma.Sql
  /** Condition: no worker runs the other job whose id is in this column. */
  isFree(jobId: Prisma.Sql): Prisma.Sql
}

export interface JobContext {
  lease: JobLease
  /** Aborted at shutdown (`reason` is `shutdownReason`), and when another worker has taken over the job. */
  signal: AbortSignal
  /** True if an error still leads to another attempt. */
  willRetry: boolean
}

export type JobHandlers = {
  [Name in JobName]: (payload: JobPayload<Name>, context: JobContext) => Promise<void>
}

/** Abort reason of a job's signal at shutdown: the process ends, and the job returns to the queue. */
export const shutdownReason = new Error('The worker is shutting down.')
