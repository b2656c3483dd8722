import { z } from 'zod'

/**
 * A job names which of a row's tries it stands for: it may be delivered late, or given up on twice, when somebody has long
 * asked for the next one.
 */
const ingestPayload = z.object({ versionId: z.uuid(), revision: z.int().min(0).default(0) })
const conversionPayload = z.object({ renditionId: z.uuid(), request: z.int().min(0).default(0) })
const operationPayload = z.object({ operationId: z.uuid() })

/**
 * Every job by name, with its payload. The queue carries them, the worker's handler table must name each one.
 * Previews and transcodes have queues of their own, so that a short GIF never waits behind somebody's long WebM.
 */
export const jobPayloads = {
  ingest: ingestPayload,
  preview: conversionPayload,
  transcode: conversionPayload,
  /** Bulk work; goes on where it was, however often it is taken up. Once it has ended nobody begins it anew. */
  operation: operationPayload,
  /** What the queue has given up on after its last try: the rows must not stay unfinished. The job's own payload. */
  abandoned: z.union([ingestPayload, conversionPayload, operationPayload]),
  /** Every ten minutes. */
  sweep: z.object({}),
  /** Every night: the trash gives up what has been in it for long enough. */
  retention: z.object({}),
  /** Every ten minutes: bytes that nothing has referred to for an hour. */
  reclaim: z.object({}),
} as const

export type JobName = keyof typeof jobPayloads
export type JobPayload<Name extends JobName> = z.infer<(typeof jobPayloads)[Name]>
export type Job = { [Name in JobName]: { name: Name; payload: JobPayload<Name>; priority?: number } }[JobName]

export interface JobContext {
  /** Aborted at shutdown (`reason` is `shutdown`), and when another worker has taken the job over. */
  signal: AbortSignal
  /** True while a throw still leads to another try. */
  willRetry: boolean
}

export type JobHandlers = {
  [Name in JobName]: (payload: JobPayload<Name>, context: JobContext) => Promise<void>
}

/** Why a job's signal was aborted: the process ends, and the job goes back to the queue. */
export const shutdownReason = new Error('The worker shuts down.')
