import { Prisma, type Rendition } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { systemActor } from '../kernel/actor.ts'
import { datedFailure, type FailureReason, type ProcessingFailure } from '../kernel/failure.ts'
import type { JobPayload } from '../kernel/jobs.ts'
import type { MediaInfo } from '../kernel/mediaInfo.ts'
import type { Clock, Database, PubSub, Transaction } from '../kernel/ports.ts'
import { referenceBlob } from '../storage/blobs.ts'
import { createRenditionTransition, publishRendition } from './transitions.ts'

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
  /** Claims the rendition for a new attempt. Null if there is nothing left to do. */
  start(renditionId: string): Promise<ConversionTask | null>
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
  /** Fails the rendition after the queue gave up on this request, whichever attempt was running; a newer request continues. */
  abandon(request: ConversionRequest, reason: FailureReason): Promise<void>
}

interface ConversionsOptions {
  database: Database
  pubsub: PubSub
  clock: Clock
}

export const createConversions = ({ database, pubsub, clock }: ConversionsOptions): Conversions => {
  const change = createRenditionTransition({ database, pubsub })

  const recordFailure =
    (mediaId: string, { code }: ProcessingFailure) =>
    (transaction: Transaction, { id, profile }: Rendition) =>
      record(transaction, systemActor, 'rendition.failed', { id, mediaId }, { profile, code })

  return {
    async start(renditionId) {
      const row = await database.rendition.findUnique({ where: { id: renditionId }, include: { version: true } })
      if (row === null) return null
      const { mediaId, sha256, kind, mimeType, durationSeconds, width, height } = row.version
      const data = { attempts: { increment: 1 }, percent: 0, failure: Prisma.DbNull, startedAt: clock.now() }
      const rendition = await change({ id: renditionId }, mediaId, { transition: 'start', data })
      if (rendition === null) return null
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

    async abandon({ renditionId: id, request: requests }, reason) {
      const row = await database.rendition.findUnique({ where: { id }, include: { version: true } })
      if (row === null) return
      const failure = datedFailure(reason, clock)
      const { mediaId } = row.version
      const failedChange = { transition: 'abandon', data: { failure: { ...failure } } } as const
      await change({ id, requests }, mediaId, failedChange, recordFailure(mediaId, failure))
    },
  }
}
