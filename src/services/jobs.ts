import { z } from 'zod'

/**
 * Every job by name, with its payload. The queue carries them, the worker's handler table must name each one.
 * Previews and transcodes have queues of their own, so that a short GIF never waits behind somebody's long WebM.
 */
export const jobPayloads = {
  ingest: z.object({ versionId: z.uuid() }),
  preview: z.object({ renditionId: z.uuid() }),
  transcode: z.object({ renditionId: z.uuid() }),
  /** Bulk work; goes on where it was, however often it is taken up. */
  operation: z.object({ operationId: z.uuid() }),
  /** What the queue has given up on after its last try: the rows must not stay unfinished. */
  abandoned: z.union([
    z.object({ versionId: z.uuid() }),
    z.object({ renditionId: z.uuid() }),
    z.object({ operationId: z.uuid() }),
  ]),
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
export const shutdown = new Error('The worker shuts down.')
