import { z } from 'zod'

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
  /** Runs every night: purges media whose retention time in the trash is over. */
  retention: z.object({}),
  /** Runs every ten minutes: removes bytes that nothing has referred to for an hour. */
  reclaim: z.object({}),
  /** Runs every five minutes: verifies stored bytes, and makes faulty renditions again. */
  scrub: z.object({}),
} as const

export type JobName = keyof typeof jobPayloads
export type JobPayload<Name extends JobName> = z.infer<(typeof jobPayloads)[Name]>
export type Job = { [Name in JobName]: { name: Name; payload: JobPayload<Name>; priority?: number } }[JobName]

export interface JobContext {
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
