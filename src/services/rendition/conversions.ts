import { Prisma, type Rendition } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { systemActor } from '../kernel/actor.ts'
import { datedFailure, type FailureReason, type ProcessingFailure } from '../kernel/failure.ts'
import type { JobLease, JobPayload } from '../kernel/jobs.ts'
import { createLostWork } from '../kernel/lostWork.ts'
import type { MediaInfo } from '../kernel/mediaInfo.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { referenceBlob } from '../storage/blobs.ts'
import { conversionJob } from './profiles.ts'
import { claimRendition, createRenditionTransition, publishRendition, unfinishedRendition } from './transitions.ts'

type ConversionRequest = JobPayload<'preview' | 'transcode'>

export interface ConversionTask {
  rendition: Rendition
  mediaId: string
  sha256: string
  mediaInfo: MediaInfo
}

interface ConvertedFile {
  sha256: string
  sizeBytes: number
  mimeType: string
  width: number | null
  height: number | null
}

/** Worker side of a rendition. Each report carries its attempt; a report of a superseded attempt changes nothing. */
export interface Conversions {
  /**
   * Claims the rendition for a new attempt. Null if there is nothing left to do: it has ended or was requested again,
   * the worker has lost the job, or another job is at work on it.
   */
  start(request: ConversionRequest, lease: JobLease): Promise<ConversionTask | null>
  /**
   * Publishes the percentage to subscribers or, if `persist` is true, writes it to the row instead.
   * False if the attempt was cancelled or superseded.
   */
  reportProgress(task: ConversionTask, percent: number, persist: boolean): Promise<boolean>
  /** Ends the attempt as READY. False if it was cancelled or superseded. */
  complete(task: ConversionTask, file: ConvertedFile): Promise<boolean>
  /** Ends the attempt as FAILED. False if it was cancelled or superseded. */
  fail(task: ConversionTask, reason: FailureReason): Promise<boolean>
  /**
   * Returns the rendition to QUEUED for the next attempt, which the queue itself schedules.
   * False if the attempt was cancelled or superseded.
   */
  release(task: ConversionTask): Promise<boolean>
  /** Whether the request that this attempt stands for has still to end: then its job must not end as done. */
  isUnfinished(task: ConversionTask): Promise<boolean>
  /** Fails the rendition after the queue gave up on this request, whichever attempt was running; a newer request continues. */
  abandon(request: ConversionRequest, reason: FailureReason): Promise<void>
  /** Sends the jobs of unfinished renditions that have none, or fails those that lost it too often. Resolves to their number. */
  repair(reason: FailureReason): Promise<number>
}

interface ConversionsOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
  clock: Clock
}

export const createConversions = ({ database, queue, pubsub, clock }: ConversionsOptions): Conversions => {
  const change = createRenditionTransition({ database, pubsub })
  const repairLost = createLostWork({
    database,
    queue,
    table: Prisma.sql`"Rendition"`,
    isUnfinished: Prisma.sql`work."status" IN ('QUEUED', 'PROCESSING')`,
    number: Prisma.sql`work."requests"`,
  })

  const recordFailure =
    (mediaId: string, { code }: ProcessingFailure) =>
    (transaction: Transaction, { id, profile }: Rendition) =>
      record(transaction, systemActor, 'rendition.failed', { id, mediaId }, { profile, code })

  const abandon: Conversions['abandon'] = async ({ renditionId: id, request: requests }, reason) => {
    const row = await database.rendition.findUnique({ where: { id }, include: { version: true } })
    if (row === null) return
    const failure = datedFailure(reason, clock)
    const { mediaId } = row.version
    const failedChange = { transition: 'abandon', data: { failure: { ...failure } } } as const
    await change({ id, requests }, mediaId, failedChange, recordFailure(mediaId, failure))
  }

  return {
    async start({ renditionId: id, request }, lease) {
      const row = await database.rendition.findUnique({ where: { id }, include: { version: true } })
      if (row === null) return null
      const { mediaId, sha256, kind, mimeType, durationSeconds, width, height } = row.version
      const rendition = await claimRendition(database, { id, request, lease, now: clock.now() })
      if (rendition === null) return null
      publishRendition(pubsub, mediaId, rendition)
      return { rendition, mediaId, sha256, mediaInfo: { kind, mimeType, durationSeconds, width, height } }
    },

    async reportProgress({ rendition, mediaId }, percent, persist) {
      if (!persist) {
        publishRendition(pubsub, mediaId, { ...rendition, percent })
        return true
      }
      const { count } = await database.rendition.updateMany({
        where: { id: rendition.id, status: 'PROCESSING', attempts: rendition.attempts },
        data: { percent },
      })
      return count === 1
    },

    async complete({ rendition: { id, attempts }, mediaId }, file) {
      const data = { ...file, percent: 100 }
      const readyRendition = await change(
        { id, attempts },
        mediaId,
        { transition: 'complete', data },
        async (transaction, { profile }) => {
          await referenceBlob(transaction, file)
          const { sizeBytes, sha256 } = file
          await record(transaction, systemActor, 'rendition.completed', { id, mediaId }, { profile, sizeBytes, sha256 })
        },
      )
      return readyRendition !== null
    },

    async fail({ rendition: { id, attempts }, mediaId }, reason) {
      const failure = datedFailure(reason, clock)
      const failedChange = { transition: 'fail', data: { failure: { ...failure } } } as const
      return (await change({ id, attempts }, mediaId, failedChange, recordFailure(mediaId, failure))) !== null
    },

    async release({ rendition: { id, attempts }, mediaId }) {
      return (await change({ id, attempts }, mediaId, { transition: 'release', data: { percent: 0 } })) !== null
    },

    async isUnfinished({ rendition: { id, requests } }) {
      return (await database.rendition.count({ where: { id, requests, ...unfinishedRendition } })) > 0
    },

    abandon,

    repair: (reason) =>
      repairLost({
        async resend(transaction, ids) {
          const rows = await transaction.rendition.findMany({ where: { id: { in: ids } } })
          await queue.send(transaction, ...rows.map(conversionJob))
        },
        abandon: ({ id, number }) => abandon({ renditionId: id, request: number }, reason),
      }),
  }
}
